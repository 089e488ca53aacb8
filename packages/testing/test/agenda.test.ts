import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { createAgenda } from "../src/agenda.js";

describe("the agenda", () => {
  it("gives back what is due in its order, and of one moment what came first", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ at: fc.nat(20), isCancelled: fc.boolean() })), (entries) => {
        const agenda = createAgenda();
        const seen: number[] = [];
        const kept = entries.flatMap(({ at, isCancelled }, index) => {
          const appointment = agenda.add(at, () => void seen.push(index));
          if (isCancelled) agenda.cancel(appointment);
          return isCancelled ? [] : [{ at, index }];
        });
        const expected = kept.toSorted((a, b) => a.at - b.at || a.index - b.index);
        expect(agenda.nextAt()).toBe(expected[0]?.at ?? Infinity);
        for (let next = agenda.take(); next !== null; next = agenda.take()) next.run();
        expect(seen).toEqual(expected.map(({ index }) => index));
      }),
    );
  });
});
