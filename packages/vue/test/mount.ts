/** Applications on the page of a test. */
import type { SessionSnapshot } from "@lockstep/core";
import { createTestSession, type TestSession, type TestSessionOptions } from "@lockstep/testing";
import { createLockstep, useSession, type RegisteredSession, type SessionComposable } from "@lockstep/vue";
import { createApp, h, type App, type Component } from "vue";

export const ada = { id: "ada", name: "Ada" };
export const grace = { id: "grace", name: "Grace" };

/** A session that knows already that Ada is signed in. */
export async function adaSignedIn(options: TestSessionOptions = {}): Promise<TestSession> {
  const test = createTestSession({ user: ada, ...options });
  await test.session.ready();
  return test;
}

/** The name of whoever is signed in, or the status. */
export function whoIs(snapshot: SessionSnapshot): string {
  return snapshot.status === "authenticated" ? (snapshot.user as typeof ada).name : snapshot.status;
}

/** Says who is signed in. */
export const Who: Component = {
  setup() {
    const { snapshot } = useSession();
    return () => h("p", whoIs(snapshot.value));
  },
};

export interface Mounted {
  readonly app: App;
  readonly root: HTMLElement;
}

/** Mounts a component with the session in an element of its own. */
export function mountWith(session: RegisteredSession, component: Component): Mounted {
  const root = document.body.appendChild(document.createElement("div"));
  const app = createApp(component).use(createLockstep({ session }));
  app.mount(root);
  return { app, root };
}

/** What `useSession` returns in a component of an application with the session. */
export function useSessionOf(session: RegisteredSession): Mounted & { readonly used: SessionComposable } {
  let used: SessionComposable | undefined;
  const mounted = mountWith(session, {
    setup() {
      used = useSession();
      return () => null;
    },
  });
  return { ...mounted, used: used! };
}

export interface CountedSession {
  readonly session: RegisteredSession;
  readonly calls: { start: number; dispose: number };
  /** How many listeners it has now. */
  subscribers(): number;
}

/** Counts what is asked of a session. */
export function counted(session: RegisteredSession): CountedSession {
  const calls = { start: 0, dispose: 0 };
  let subscribers = 0;
  return {
    calls,
    subscribers: () => subscribers,
    session: {
      ...session,
      start() {
        calls.start += 1;
        session.start();
      },
      dispose() {
        calls.dispose += 1;
        session.dispose();
      },
      subscribe(listener) {
        subscribers += 1;
        const stop = session.subscribe(listener);
        return () => {
          subscribers -= 1;
          stop();
        };
      },
    },
  };
}
