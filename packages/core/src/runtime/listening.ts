/** The one who listens to the server, loaded when there is somebody to listen for: most visitors are anonymous (L10). */
import type { State } from "../machine/state.js";
import type { ListenerHooks, ListenerPort, Ports } from "./ports.js";

export interface Listening {
  /** After each turn. */
  look(): void;
  stop(): void;
}

export function createListening(
  { loadListener, lifecycle }: Ports,
  state: () => State,
  hooks: ListenerHooks,
): Listening {
  let listener: ListenerPort | null = null;
  let isLoading = loadListener === undefined;
  /** Once the connection is back. */
  let online: (() => unknown) | undefined;
  let isStopped = false;

  async function load(): Promise<void> {
    isLoading = true;
    online = undefined;
    try {
      const loaded = await loadListener?.(hooks);
      if (isStopped || loaded === undefined) return;
      listener = loaded;
      online = () => loaded.online();
      listener.look(state());
    } catch {
      // The page is older than what its server has now: it goes without, and learns later. Or the connection was down.
      online = load;
      hooks.send({ type: "port-failed", port: "listener", reason: "load-failed" });
    }
  }

  const detach = lifecycle.attach((event) => {
    if (event.type === "woke" && event.cause === "online") online?.();
  });

  return {
    look() {
      if (!isLoading && !isStopped && state().grant !== null) void load();
      listener?.look(state());
    },
    stop() {
      isStopped = true;
      detach();
      listener?.stop();
    },
  };
}
