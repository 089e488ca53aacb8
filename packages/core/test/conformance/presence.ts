/** What the session needs to know of the other tabs. */
import { describe, expect, it } from "vitest";
import type { PresencePort } from "../../src/runtime/ports.js";

export interface PresenceUnderTest {
  tab(): PresencePort;
  settle(): Promise<void>;
}

const peer = (tabId: string, epoch = 1, revision = -1) => ({ tabId, epoch, revision });

export function describePresenceConformance(name: string, create: () => PresenceUnderTest): void {
  describe(`L1: ${name} tells which tabs live, and what they hold`, () => {
    it("a lone tab sees nobody else", async () => {
      const tab = create().tab();
      expect(await tab.peers()).toEqual([]);
      await tab.publish(peer("a"));
      expect(await tab.peers()).toEqual([peer("a")]);
    });

    it("once publish has resolved, every tab sees it", async () => {
      const { tab } = create();
      const [a, b] = [tab(), tab()];
      await a.publish(peer("a", 3, 7));
      await b.publish(peer("b", 3, -1));
      const seen = (await b.peers()) ?? [];
      expect(seen.toSorted((one, other) => one.tabId.localeCompare(other.tabId))).toEqual([
        peer("a", 3, 7),
        peer("b", 3),
      ]);
    });

    it("what is published later replaces what was before", async () => {
      const { tab, settle } = create();
      const [a, b] = [tab(), tab()];
      await a.publish(peer("a", 1, 1));
      await a.publish(peer("a", 1, 2));
      await settle();
      expect(await b.peers()).toEqual([peer("a", 1, 2)]);
    });

    it("three in a row, unawaited, end with the last", async () => {
      const { tab, settle } = create();
      const a = tab();
      void a.publish(peer("a", 1, 1));
      void a.publish(peer("a", 1, 2));
      await a.publish(peer("a", 1, 1));
      await settle();
      expect(await a.peers()).toEqual([peer("a", 1, 1)]);
    });

    it("publishing the same twice changes nothing", async () => {
      const { tab, settle } = create();
      const a = tab();
      await a.publish(peer("a", 1, 1));
      await a.publish(peer("a", 1, 1));
      await settle();
      expect(await a.peers()).toEqual([peer("a", 1, 1)]);
    });

    it("whoever withdraws is gone, also in the middle of publishing, and may come back", async () => {
      const { tab, settle } = create();
      const [a, b] = [tab(), tab()];
      await a.publish(peer("a", 1, 1));
      void a.publish(peer("a", 1, 2));
      a.withdraw();
      await settle();
      expect(await b.peers()).toEqual([]);
      a.withdraw();
      await a.publish(peer("a", 1, 2));
      expect(await b.peers()).toEqual([peer("a", 1, 2)]);
    });

    it("a thousand peers are all there", async () => {
      const { tab } = create();
      await Promise.all(
        Array.from({ length: 1_000 }, async (_, index) => tab().publish(peer(`t${index}`, 1, index))),
      );
      expect(await tab().peers()).toHaveLength(1_000);
    });
  });
}
