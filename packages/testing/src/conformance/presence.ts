/** What the session needs to know of the other tabs. */
import type { Peer, PresencePort } from "@lockstep/core/internals";
import { equal } from "./assertions.js";
import { casesOf, type Closable, type ConformanceCase } from "./conformance-case.js";

export interface PresenceUnderTest extends Closable {
  /** Another tab's way to be seen, and to see. */
  tab(): PresencePort;
  /** Waits until what was withdrawn or replaced is gone. */
  settle(): Promise<void>;
}

function peer(tabId: string, epoch = 1, revision = -1): Peer {
  return { tabId, epoch, revision };
}

function sorted(peers: readonly Peer[] | null): readonly Peer[] | null {
  return peers?.toSorted((one, other) => one.tabId.localeCompare(other.tabId)) ?? null;
}

export function presenceConformance(create: () => PresenceUnderTest): readonly ConformanceCase[] {
  return casesOf("L1, who is alive", create, {
    "a lone tab sees nobody else": async ({ tab }) => {
      const a = tab();
      equal(await a.peers(), [], "who is seen at first");
      await a.publish(peer("a"));
      equal(await a.peers(), [peer("a")], "who is seen");
    },

    "once publish has resolved, every tab sees it": async ({ tab }) => {
      const [a, b] = [tab(), tab()];
      await a.publish(peer("a", 3, 7));
      await b.publish(peer("b", 3, -1));
      equal(sorted(await b.peers()), [peer("a", 3, 7), peer("b", 3)], "who is seen");
    },

    "what is published later replaces what was before": async ({ tab, settle }) => {
      const [a, b] = [tab(), tab()];
      await a.publish(peer("a", 1, 1));
      await a.publish(peer("a", 1, 2));
      await settle();
      equal(await b.peers(), [peer("a", 1, 2)], "who is seen");
    },

    "three in a row, unawaited, end with the last": async ({ tab, settle }) => {
      const a = tab();
      void a.publish(peer("a", 1, 1));
      void a.publish(peer("a", 1, 2));
      await a.publish(peer("a", 1, 1));
      await settle();
      equal(await a.peers(), [peer("a", 1, 1)], "who is seen");
    },

    "publishing the same twice changes nothing": async ({ tab, settle }) => {
      const a = tab();
      await a.publish(peer("a", 1, 1));
      await a.publish(peer("a", 1, 1));
      await settle();
      equal(await a.peers(), [peer("a", 1, 1)], "who is seen");
    },

    "whoever withdraws is gone, also in the middle of publishing, and may come back": async ({
      tab,
      settle,
    }) => {
      const [a, b] = [tab(), tab()];
      await a.publish(peer("a", 1, 1));
      void a.publish(peer("a", 1, 2));
      a.withdraw();
      await settle();
      equal(await b.peers(), [], "who is seen after withdrawing");
      a.withdraw();
      await a.publish(peer("a", 1, 2));
      equal(await b.peers(), [peer("a", 1, 2)], "who is seen after coming back");
    },

    "a thousand tabs are all there": async ({ tab }) => {
      await Promise.all(
        Array.from({ length: 1_000 }, async (_, index) => tab().publish(peer(`t${index}`, 1, index))),
      );
      equal((await tab().peers())?.length, 1_000, "the number of tabs");
    },
  });
}
