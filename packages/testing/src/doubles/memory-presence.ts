/** Which tabs are alive and what they hold, in memory. */
import type { Peer, PresencePort } from "@lockstep/core/internals";

export interface MemoryPresence {
  /** One tab's way to be seen, and to see. */
  tab(): PresencePort;
}

export function createMemoryPresence(): MemoryPresence {
  const shown = new Map<object, Peer>();
  return {
    tab() {
      const self = {};
      return {
        async publish(peer) {
          shown.set(self, peer);
        },
        withdraw: () => void shown.delete(self),
        peers: async () => [...shown.values()],
      };
    },
  };
}
