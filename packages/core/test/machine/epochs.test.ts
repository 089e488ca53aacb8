/** The order of epochs, which has no end that a script could write (attack C1). */
import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { decodeRecord, encodeRecord } from "../../src/machine/register.js";
import {
  compareEpochs,
  laterRecord,
  nextEpoch,
  noRecord,
  type EpochRecord,
} from "../../src/machine/version.js";
import { emptyRegister, MachineTab, signedInRegister, signedInTab } from "./support.js";

const greatest = 999_999_999_999_999;

const epochNumber = fc.integer({ min: 1, max: greatest });

describe("L9, attack C1: epochs go round", () => {
  it("every epoch has a later one that can be written and read", () => {
    fc.assert(
      fc.property(fc.oneof(epochNumber, fc.constant(greatest)), (epoch) => {
        const next = nextEpoch(epoch);
        expect(compareEpochs(next, epoch)).toBeGreaterThan(0);
        expect(compareEpochs(epoch, next)).toBeLessThan(0);
        const record = { epoch: next, status: "in", sessionId: "S1" } as const;
        expect(decodeRecord(encodeRecord(record))).toEqual(record);
      }),
    );
  });

  it("before the first one there is none", () => {
    expect(compareEpochs(0, 0)).toBe(0);
    fc.assert(
      fc.property(epochNumber, (epoch) => {
        expect(compareEpochs(epoch, 0)).toBeGreaterThan(0);
        expect(compareEpochs(0, epoch)).toBeLessThan(0);
      }),
    );
  });

  it("within half of the way round the order is total, wherever it begins", () => {
    const near = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(epochNumber, near, near, near, (start, ...steps) => {
        const [a, b, c] = steps.map((step): EpochRecord => {
          const epoch = (start + step) % (greatest + 1) || 1;
          return { epoch, status: "in", sessionId: `S${step}` };
        }) as [EpochRecord, EpochRecord, EpochRecord];
        expect(laterRecord(a, laterRecord(b, c))).toEqual(laterRecord(laterRecord(a, b), c));
        expect(laterRecord(a, b)).toEqual(laterRecord(b, a));
      }),
    );
  });

  it("L3: after a forged last epoch a sign-out still reaches a tab that was opened later", () => {
    const forged = {
      epoch: greatest,
      status: "out",
      sessionId: null,
      reason: "signed-out",
      pending: null,
    } as const;
    const tab = new MachineTab({ ...emptyRegister, record: forged }).start();
    tab.register = { ...tab.register, mark: { sessionId: "S9", revision: 1 } };
    tab.send({ type: "checked" });
    expect(tab.state.record).toMatchObject({ status: "in", sessionId: "S9" });
    const later = new MachineTab(tab.register).start();
    expect(later.state.record).toEqual(tab.state.record);
    tab.send({ type: "sign-out-wanted", scope: "this" });
    later.register = tab.register;
    later.send({ type: "checked" });
    expect(later.state.record).toEqual(tab.state.record);
    expect(later.state.record).not.toEqual(noRecord);
  });
});

describe("L9: two records of one epoch", () => {
  const end = { epoch: 2, status: "out", sessionId: "S1", reason: "signed-out", pending: null } as const;

  it("sign-out beats sign-in, one of all sessions one of this, a confirmed revocation a pending one, a session's name none", () => {
    const inOrder: readonly EpochRecord[] = [
      { ...end, epoch: 1 },
      { epoch: 2, status: "in", sessionId: null },
      { epoch: 2, status: "in", sessionId: "S1" },
      { ...end, sessionId: null, pending: "this" },
      { ...end, pending: "this" },
      { ...end, pending: "all" },
      { ...end, sessionId: null },
      end,
      { epoch: 3, status: "in", sessionId: "S1" },
    ];
    for (const [index, later] of inOrder.entries())
      for (const earlier of inOrder.slice(0, index)) {
        expect(laterRecord(earlier, later)).toBe(later);
        expect(laterRecord(later, earlier)).toBe(later);
      }
  });

  it.each<readonly [string, EpochRecord, EpochRecord]>([
    ["sign-ins", { epoch: 2, status: "in", sessionId: "S1" }, { epoch: 2, status: "in", sessionId: "S2" }],
    ["ends of two sessions", end, { ...end, sessionId: "S2" }],
    ["ends for two reasons", end, { ...end, reason: "idle" }],
    ["sign-outs of two scopes", { ...end, pending: "this" }, { ...end, pending: "all" }],
  ])("of two %s every tab picks the same", (_, one, other) => {
    expect(laterRecord(one, other)).toEqual(laterRecord(other, one));
  });

  it("L3: a sign-out reaches a tab that has heard of a sign-in in the same epoch", () => {
    const tab = signedInTab();
    tab.register = { ...tab.register, record: { ...end, epoch: 1 } };
    tab.send({ type: "checked" });
    expect(tab.state.who).toEqual({ status: "unauthenticated", reason: "signed-out-elsewhere" });
    expect(tab.state.grant).toBeNull();
  });

  it("L3: of two sign-ins the one that lost is let go of, with its token", () => {
    const tab = signedInTab();
    tab.register = {
      ...tab.register,
      record: { epoch: 1, status: "in", sessionId: "S2" },
      mark: { sessionId: "S2", revision: 1 },
    };
    tab.send({ type: "checked" });
    expect(tab.state.record).toEqual({ epoch: 1, status: "in", sessionId: "S2" });
    expect(tab.state.grant).toBeNull();
  });

  it("attack C1: of two epochs half the way round apart none is the later: no tab writes its own over the other", () => {
    const far = 1 + (greatest + 1) / 2;
    expect(compareEpochs(1, far)).toBeLessThan(0);
    expect(compareEpochs(far, 1)).toBeLessThan(0);
  });
});

describe("L9, attack C13: a message of another release makes the tab look at the register", () => {
  for (const why of ["other-version", "malformed"] as const)
    it(`a message that is ${why}`, () => {
      const tab = signedInTab();
      const { hold } = tab.register;
      const out = { epoch: 2, status: "out", sessionId: "S1", reason: "signed-out", pending: null } as const;
      tab.register = { ...signedInRegister(), mark: null, hold, record: out };
      tab.send({ type: "message-ignored", why });
      expect(tab.state.who).toEqual({ status: "unauthenticated", reason: "signed-out-elsewhere" });
      expect(tab.state.grant).toBeNull();
    });
});
