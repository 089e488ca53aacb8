import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createIdentityReader, readLifetimeMs } from "../../src/backends/token-reader.js";
import { jwtOf } from "../support/answers.js";
import { anyJson, fuzzRuns } from "../support/property.js";

const identify = createIdentityReader(undefined);
const known = { sessionId: "s1", user: { id: "ada" }, authTime: null, acr: null, expiresAt: null };

const base64 = (text: string): string => Buffer.from(text).toString("base64url");
const claims = fc.dictionary(
  fc.oneof(fc.constantFrom("sub", "exp", "iat", "nbf", "jti", "__proto__", "constructor"), fc.string()),
  fc.oneof(anyJson, fc.nat()),
);
const token = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }).map((text) => `a.${base64(text)}.b`),
  anyJson.map((value) => `a.${base64(JSON.stringify(value))}.b`),
  claims.map(jwtOf),
  fc
    .tuple(claims.map(jwtOf), fc.nat(), fc.string())
    .map(([jwt, at, extra]) => `${jwt.slice(0, at % jwt.length)}${extra}${jwt.slice(at % jwt.length)}`),
  fc.array(fc.string()).map((parts) => parts.join(".")),
);

describe(`R-131: fuzz of access tokens, ${fuzzRuns} cases each`, { timeout: 60_000 }, () => {
  it("any token has an identity, without an error, and with nothing that changes with every refresh", () => {
    let decoded = 0;
    fc.assert(
      fc.property(token, (token) => {
        const identity = identify(token, known);
        expect(identity).toMatchObject({ sessionId: "s1", authTime: null, acr: null, expiresAt: null });
        expect([null, "string"]).toContain(identity?.subject === null ? null : typeof identity?.subject);
        if (identity?.claims === null) return;
        decoded += 1;
        const names = Object.keys(identity?.claims as object);
        expect(names.filter((name) => ["exp", "iat", "nbf", "jti"].includes(name))).toEqual([]);
      }),
    );
    expect(decoded).toBeGreaterThan(fuzzRuns / 20);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("any token has a lifetime that is a finite number", () => {
    fc.assert(
      fc.property(token, (token) => {
        expect(Number.isFinite(readLifetimeMs(token))).toBe(true);
      }),
    );
  });

  it("any user may come with it", () => {
    fc.assert(
      fc.property(token, anyJson, (token, user) => {
        expect(identify(token, { ...known, user })?.user).toBe(user);
      }),
    );
  });
});
