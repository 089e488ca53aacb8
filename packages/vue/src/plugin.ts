/** Hands one session to an application. */
import {
  inject,
  shallowReadonly,
  shallowRef,
  type App,
  type InjectionKey,
  type Plugin,
  type ShallowRef,
} from "vue";
import type { RegisteredSession, RegisteredSnapshot } from "./register.js";

export interface LockstepOptions {
  /** Made once, with `createSession`. It is started when the plugin is installed, in a browser, and never disposed. */
  readonly session: RegisteredSession;
  /**
   * For an application that a server renders: what it rendered with. Shown while hydrating, and until the session knows
   * better. `{ status: "loading", problem: null }` if the server does not know who is signed in.
   */
  readonly initialSnapshot?: RegisteredSnapshot;
}

export interface Source {
  readonly session: RegisteredSession;
  /** What the session is, as soon as it knows; until then what the server knew. */
  readonly snapshot: Readonly<ShallowRef<RegisteredSnapshot>>;
  readonly initialSnapshot: RegisteredSnapshot | undefined;
}

const sourceKey: InjectionKey<Source> = Symbol("lockstep");

/**
 * Makes the plugin that `useSession` needs.
 *
 * @example
 * ```ts
 * import { createSession } from "@lockstep/core";
 * import { createLockstep } from "@lockstep/vue";
 * import { createApp } from "vue";
 *
 * const session = createSession();
 * createApp({}).use(createLockstep({ session })).mount("#app");
 * ```
 */
export function createLockstep({ session, initialSnapshot }: LockstepOptions): Plugin {
  return {
    install(app: App) {
      const snapshot = shallowRef(initialSnapshot ?? session.getSnapshot());
      app.provide(sourceKey, { session, snapshot: shallowReadonly(snapshot), initialSnapshot });
      if (typeof document === "undefined") return;

      const show = (now: RegisteredSnapshot): void => {
        const shown = snapshot.value;
        // What the server knew stays until the session knows better.
        if (now.status === "loading" && (shown.status !== "loading" || shown.problem === now.problem)) return;
        snapshot.value = now;
      };
      const stop = session.subscribe(show);
      session.start();
      show(session.getSnapshot());
      // `onUnmount` came with Vue 3.5.
      const { unmount } = app;
      app.unmount = () => {
        stop();
        unmount();
      };
    },
  };
}

/** @throws Error if the plugin is missing. */
export function injectSource(): Source {
  // Outside of a component `inject` answers `undefined`, whatever the default is.
  const source = inject<Source | null>(sourceKey, null) ?? null;
  if (source === null)
    throw new Error("Lockstep: the application has no session: app.use(createLockstep({ session })).");
  return source;
}
