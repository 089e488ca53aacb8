import { bareOptions } from "../bare-options.js";
import type { Peer } from "../machine/event.js";
import type { PresencePort } from "../runtime/ports.js";

function encode({ tabId, epoch, revision }: Peer): string {
  return `${tabId}.${epoch}.${revision}`;
}

/** The peer that a lock name of ours names. Other scripts of the origin may hold locks of any name. */
function decode(text: string): Peer | null {
  const match = /^([\w-]{1,64})\.(\d{1,15})\.(-1|\d{1,15})$/.exec(text);
  const [, tabId, epoch, revision] = match ?? [];
  return tabId === undefined ? null : { tabId, epoch: Number(epoch), revision: Number(revision) };
}

/**
 * Presence: each tab holds a lock whose name tells who it is and which token it holds, and `locks.query()` lists them.
 * The name dies with its tab, at once and in every way a tab can die; no heartbeat could tell as much.
 */
export function createLockPresence(prefix: string, locks: LockManager | undefined): PresencePort {
  let shown: { readonly name: string; readonly leave: () => void } | null = null;

  function show(name: string): Promise<void> {
    if (locks === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      let leave = (): void => undefined;
      const stay = new Promise<void>((end) => (leave = end));
      const former = shown;
      shown = { name, leave };
      const options = bareOptions<LockOptions>({
        mode: "shared",
        ifAvailable: false,
        steal: false,
      });
      const requested = new Promise((settle) =>
        settle(
          locks.request(name, options, () => {
            former?.leave();
            resolve();
            return stay;
          }),
        ),
      );
      // Refused, or dropped by a suspension: this tab is not seen then, and the others refresh without asking it.
      requested.catch(() => {
        former?.leave();
        resolve();
      });
    });
  }

  return {
    publish(peer) {
      const name = `${prefix}${encode(peer)}`;
      return shown?.name === name ? Promise.resolve() : show(name);
    },
    withdraw() {
      shown?.leave();
      shown = null;
    },
    async peers() {
      try {
        const held = (await locks?.query())?.held;
        if (held === undefined) return null;
        return held
          .filter(({ name }) => name?.startsWith(prefix) === true)
          .map(({ name = "" }) => decode(name.slice(prefix.length)))
          .filter((peer) => peer !== null);
      } catch {
        return null;
      }
    },
  };
}
