import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeHold,
  decodeLifetime,
  decodeMark,
  decodeRecord,
  encodeHold,
  encodeLifetime,
  encodeRecord,
  hasMoved,
  isSessionId,
  standingNow,
  type Hold,
} from "../../src/machine/register.js";
import type { EpochRecord } from "../../src/machine/version.js";
import { decodeMessage } from "../../src/machine/wire.js";
import "../support/property.js";

const hold: Hold = {
  kind: "claim",
  attempt: "tab-1",
  base: { sessionId: "S1", revision: 3 },
  startedAtWall: 1_700_000_000_000,
  ttlMs: 28_000,
  failures: 0,
  code: null,
};

describe("the register's cookies", () => {
  it("a session id is what a cookie can carry, and nothing else", () => {
    for (const id of ["S1", "0190a-bc.d_e", "a+b/c=="]) expect(isSessionId(id), id).toBe(true);
    for (const id of ["", "a;b", "a,b", "a b", 'a"b', "a\\b", "a~b", "é", "x".repeat(129)])
      expect(isSessionId(id), id).toBe(false);
  });

  it("a record comes back as it was written, whatever the session is called", () => {
    const id = fc.option(fc.string({ minLength: 1, maxLength: 40 }).filter(isSessionId));
    fc.assert(
      fc.property(
        id,
        fc.integer({ min: 1, max: 1e9 }),
        fc.constantFrom(null, "this", "all"),
        (sessionId, epoch, pending) => {
          const records: EpochRecord[] = [
            { epoch, status: "in", sessionId },
            { epoch, status: "out", sessionId, reason: "reuse-detected", pending },
          ];
          for (const record of records) {
            const text = encodeRecord(record);
            expect(text).toMatch(/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/);
            expect(decodeRecord(text)).toEqual(record);
          }
        },
      ),
    );
  });

  it("a hold comes back as it was written", () => {
    for (const kind of ["claim", "cooldown", "sign-in"] as const)
      for (const code of [null, "rate-limited"] as const)
        for (const base of [null, { sessionId: "a=b.c", revision: 0 }, { sessionId: "S1", revision: 3 }])
          expect(decodeHold(encodeHold({ ...hold, kind, code, base }))).toEqual({
            ...hold,
            kind,
            code,
            base,
          });
  });

  it("rubbish, other versions and half a cookie are nothing", () => {
    for (const text of [
      "",
      "1",
      "2~1~-",
      "1~0~-",
      "1~x~-",
      "1~1~S1",
      "1~1~.é",
      "1~1~-~q~-",
      "1~1~-~s~q",
      "1~1~-~s~-~more",
    ])
      expect(decodeRecord(text), text).toBeNull();
    expect(decodeRecord(`1~1~.${"x".repeat(500)}`)).toBeNull();
    expect(decodeHold("1~claim")).toBeNull();
    const good = encodeHold(hold).split("~");
    for (const [index, bad] of [["9", "2"], "x", "", "S1", "x", "x", "x", "x", "x"].entries()) {
      const text = good.with(index, String(bad)).join("~");
      // A revision that cannot be read makes the base unknown, which waits for nothing less.
      if (index === 4) expect(decodeHold(text)?.base).toBeNull();
      else expect(decodeHold(text), text).toBeNull();
    }
  });

  it("the longest name and the longest pause that may be are read, and nothing beyond", () => {
    const sessionId = "x".repeat(128);
    const record = { epoch: 1, status: "in", sessionId } as const;
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
    expect(decodeHold(encodeHold({ ...hold, ttlMs: 60_000 }))?.ttlMs).toBe(60_000);
    expect(decodeHold(encodeHold({ ...hold, ttlMs: 60_001 }))).toBeNull();
  });

  it("a record with a nameless name, with an unknown revocation or with more to it is nothing", () => {
    for (const text of ["1~1~.", "1~1~-~idle~soon", "1~1~-~idle~-~more"])
      expect(decodeRecord(text), text).toBeNull();
    expect(decodeRecord("1~1~-~idle~-")).not.toBeNull();
  });

  it("a nonce that the server would not take is none, and the revision of no session no base", () => {
    for (const attempt of ["tab 1", "é1", "1é", "x".repeat(65)])
      expect(decodeHold(encodeHold({ ...hold, attempt })), attempt).toBeNull();
    expect(decodeHold("1~claim~tab-1~-~3~0~0~0~-")?.base).toBeNull();
  });

  it("the version cookie is `<public session id>.<revision>`, and a session id may have dots", () => {
    expect(decodeMark("S1.7")).toEqual({ sessionId: "S1", revision: 7 });
    expect(decodeMark("a.b.12")).toEqual({ sessionId: "a.b", revision: 12 });
    for (const text of ["", "S1", ".7", "S1.", "S1.-1", "S1.1e3", `${"x".repeat(300)}.1`])
      expect(decodeMark(text), text).toBeNull();
  });

  it("a login's hold carries the pause that it took the place of, a day and an hour of it at most", () => {
    const login = { ...hold, kind: "sign-in", ttlMs: 31_000, pauseMs: 120_000 } as const;
    expect(decodeHold(encodeHold(login))).toEqual(login);
    expect(decodeHold(encodeHold({ ...login, pauseMs: 25 * 3_600_000 }))).not.toBeNull();
    expect(decodeHold(encodeHold({ ...login, pauseMs: 25 * 3_600_000 + 1 }))).toBeNull();
    expect(decodeHold(`${encodeHold(hold)}~x`)).toBeNull();
  });

  it("L10: a login's hold is that pause once it has run out, and not before", () => {
    const login = { ...hold, kind: "sign-in", ttlMs: 31_000, pauseMs: 120_000 } as const;
    expect(standingNow(login, login.startedAtWall + 30_999)).toBe(login);
    expect(standingNow(login, login.startedAtWall + 31_000)).toEqual({
      ...login,
      kind: "cooldown",
      ttlMs: 120_000,
    });
    expect(standingNow(hold, hold.startedAtWall + 60_000)).toBe(hold);
  });

  it("R-089: a lifetime comes back as it was written, to the millisecond", () => {
    for (const lifetime of [
      {
        sessionId: "S1",
        idleAtWall: 1_700_000_000_000,
        idleLimitMs: 1_800_000,
        endsAtWall: 1_700_000_009_000,
      },
      { sessionId: "a=b.c", idleAtWall: null, idleLimitMs: null, endsAtWall: 5 },
      { sessionId: "S1", idleAtWall: 0, idleLimitMs: 0, endsAtWall: null },
    ])
      expect(decodeLifetime(encodeLifetime(lifetime))).toEqual(lifetime);
    const broken = { sessionId: "S1", idleAtWall: 1.6, idleLimitMs: 2.4, endsAtWall: null };
    expect(decodeLifetime(encodeLifetime(broken))).toEqual({ ...broken, idleAtWall: 2, idleLimitMs: 2 });
  });

  it("a lifetime of another version, of no session, cut short, with more to it or with a time that is none is nothing", () => {
    expect(decodeLifetime("1~.S1~1~2~3")).not.toBeNull();
    for (const text of [
      "",
      "1",
      "2~.S1~1~2~3",
      "1~-~1~2~3",
      "1~S1~1~2~3",
      "1~.S1~1~2",
      "1~.S1~1~2~3~4",
      "1~.S1~x~2~3",
      "1~.S1~1~x~3",
      "1~.S1~1~2~x",
      "1~.S1~-1~2~3",
      "1~.S1~~2~3",
    ])
      expect(decodeLifetime(text), text).toBeNull();
  });

  it("a request is answered when the version cookie names something else than it was based on", () => {
    const at = (mark: { sessionId: string; revision: number } | null | "unreadable") => ({
      record: null,
      mark,
      hold: null,
      lifetime: null,
    });
    expect(hasMoved(hold.base, at({ sessionId: "S1", revision: 3 }))).toBe(false);
    expect(hasMoved(hold.base, at({ sessionId: "S1", revision: 4 }))).toBe(true);
    expect(hasMoved(hold.base, at({ sessionId: "S2", revision: 1 }))).toBe(true);
    expect(hasMoved(null, at({ sessionId: "S1", revision: 3 }))).toBe(true);
    expect(hasMoved(hold.base, at(null))).toBe(false);
    expect(hasMoved(hold.base, at("unreadable"))).toBe(false);
  });
});

describe("R-050: messages between tabs", () => {
  const token = {
    v: 1,
    from: "tab-b",
    kind: "token",
    epoch: 1,
    sessionId: "S1",
    revision: 2,
    token: "t",
    lifetimeMs: 1_000,
    ageMs: 0,
    sentAtWall: 1,
    user: { id: 1 },
    authTime: null,
    acr: null,
    expiresAt: null,
  };

  it.each([
    { v: 1, from: "b", kind: "changed", epoch: 4 },
    { v: 1, from: "b", kind: "ask", to: null },
    { v: 1, from: "b", kind: "ask", to: ["a"] },
    { v: 1, from: "b", kind: "none", to: "a" },
    token,
    { ...token, authTime: 12, acr: "mfa", expiresAt: 1_700_000_000 },
  ])("$kind is read", (message) => {
    expect(decodeMessage({ ...message, more: "ignored" })).toEqual(message);
  });

  it("the longest name, list, number and token that may be are read", () => {
    for (const message of [
      { v: 1, from: "b".repeat(256), kind: "none", to: "a" },
      { v: 1, from: "b", kind: "ask", to: Array.from({ length: 16 }, String) },
      { v: 1, from: "b", kind: "changed", epoch: 999_999_999_999_999 },
      { ...token, token: "x".repeat(65_536) },
    ])
      expect(decodeMessage(message)).toEqual(message);
  });

  it.each<readonly [string, unknown]>([
    ["nothing", null],
    ["a text", "changed"],
    ["no version", { from: "b", kind: "changed", epoch: 1 }],
    ["nobody's", { v: 1, kind: "changed", epoch: 1 }],
    ["a change of no epoch", { v: 1, from: "b", kind: "changed" }],
    ["a change of an epoch that no record can have", { v: 1, from: "b", kind: "changed", epoch: 1e15 }],
    ["an unknown kind", { v: 1, from: "b", kind: "obey" }],
    ["asked of too many", { v: 1, from: "b", kind: "ask", to: Array.from({ length: 17 }, String) }],
    ["asked of no name", { v: 1, from: "b", kind: "ask", to: [""] }],
    ["told to nobody", { v: 1, from: "b", kind: "none" }],
    ...Object.entries({
      epoch: -1,
      sessionId: "",
      revision: 1.5,
      token: "",
      lifetimeMs: Number.NaN,
      ageMs: -1,
      sentAtWall: "now",
      authTime: "then",
      acr: 3,
      expiresAt: "soon",
    }).map(([key, value]) => [`a token with a bad ${key}`, { ...token, [key]: value }] as const),
    ["asked of a name and a number", { v: 1, from: "b", kind: "ask", to: ["a", 7] }],
    ["an amount that is a text", { ...token, ageMs: "5" }],
    ["a token in a list", { ...token, token: ["t"] }],
    ["a token too long", { ...token, token: "x".repeat(70_000) }],
    ["a token that is none", { ...token, token: 7 }],
  ])("%s is malformed", (_, data) => {
    expect(decodeMessage(data)).toBe("malformed");
  });

  it("another version is told from rubbish, so that it can be reported", () => {
    expect(decodeMessage({ v: 2, from: "b", kind: "changed" })).toBe("other-version");
  });

  it("B3: what hangs on a prototype is not part of a message", () => {
    expect(decodeMessage(Object.create({ v: 1, from: "b", kind: "changed", epoch: 1 }))).toBe("malformed");
    const sneaky: unknown = JSON.parse('{"__proto__":{"v":1},"from":"b","kind":"changed"}');
    expect(decodeMessage(sneaky)).toBe("malformed");
  });
});
