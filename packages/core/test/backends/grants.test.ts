import { describe, expect, it } from "vitest";
import { createLockstepBackend } from "../../src/backends/lockstep.js";
import { createIdentityReader, readLifetimeMs } from "../../src/backends/token-reader.js";
import { decodeMark, decodeRecord, encodeRecord } from "../../src/machine/register.js";
import { grantBody, jwtOf } from "../support/answers.js";

const backend = createLockstepBackend({
  readIdentity: createIdentityReader(undefined),
  readLifetimeMs,
  wall: () => 0,
});

/** What a refresh that is answered with `body` comes to. */
function outcomeOf(body: unknown) {
  return backend.refreshOutcome({ status: 200, headers: new Headers(), body });
}

function freshOf(body: unknown) {
  const outcome = outcomeOf(body);
  return outcome.kind === "granted" ? outcome.fresh : null;
}

const badAnswer = { kind: "failed", failure: { code: "bad-answer", status: 200 } };
const { expires_in: _, ...unlimited } = grantBody;

describe("the wire protocol, version 1: a grant", () => {
  it("is read in all its parts", () => {
    expect(outcomeOf(grantBody)).toEqual({
      kind: "granted",
      fresh: {
        token: "secret-token",
        revision: 4,
        lifetimeMs: 300_000,
        identity: {
          sessionId: "s1",
          subject: "ada",
          user: { id: "ada", name: "Ada" },
          claims: null,
          authTime: 1_700_000_000,
          acr: "urn:acr:1",
          expiresAt: 1_700_086_400,
        },
        bounds: { idleMs: 1_800_000, idleLimitMs: 3_600_000, absoluteMs: 86_400_000 },
      },
    });
  });

  it("R-023: members that nobody here knows do no harm", () => {
    const { session } = grantBody;
    const body = {
      ...grantBody,
      scope: "read",
      refresh_token: null,
      session: { ...session, device: "x" },
      extra: [],
    };
    expect(outcomeOf(body)).toEqual(outcomeOf(grantBody));
  });

  it("R-023: a token may be of any size", () => {
    const token = "x".repeat(500_000);
    expect(freshOf({ ...grantBody, access_token: token })?.token).toBe(token);
  });

  it.each(["Bearer", "bearer", "BEARER", undefined])("R-023: token_type %j is ours", (token_type) => {
    expect(outcomeOf({ ...grantBody, token_type })).toMatchObject({ kind: "granted" });
  });

  it.each(["DPoP", "mac", "Bearer "])(
    "R-023: token_type %j is a token that nobody here can use",
    (token_type) => {
      expect(outcomeOf({ ...grantBody, token_type })).toEqual(badAnswer);
    },
  );

  it("what a server may leave out is null: user, auth_time, acr", () => {
    const fresh = freshOf({ access_token: "x", expires_in: 300, session: { id: "s1", version: 0 } });
    expect(fresh).toMatchObject({
      revision: 0,
      identity: { user: null, authTime: null, acr: null, expiresAt: null, subject: null },
    });
  });

  const without = (name: string) =>
    Object.fromEntries(Object.entries(grantBody).filter(([key]) => key !== name));
  it.each([
    ["access_token is missing", without("access_token")],
    ["access_token is empty", { ...grantBody, access_token: "" }],
    ["access_token is no string", { ...grantBody, access_token: { token: "x" } }],
    ["session is missing", without("session")],
    ["session is null", { ...grantBody, session: null }],
    ["session has no id", { ...grantBody, session: { version: 1 } }],
    ["session id is a number", { ...grantBody, session: { id: 5, version: 1 } }],
    ["session id is too long", { ...grantBody, session: { id: "x".repeat(257), version: 1 } }],
    ["session has no version", { ...grantBody, session: { id: "s1" } }],
    ["session version is negative", { ...grantBody, session: { id: "s1", version: -1 } }],
    ["session version is no number", { ...grantBody, session: { id: "s1", version: "four" } }],
    ["the whole is a list", [grantBody]],
  ])("L4: %s: transient, and no grant", (_, body) => {
    expect(outcomeOf(body)).toEqual(badAnswer);
  });
});

describe("E6: a lifetime of any kind", () => {
  it.each([
    [1, 1_000],
    [300, 300_000],
    [0.5, 500],
    ["300", 300_000],
    ["1", 1_000],
    [2 ** 31, 2 ** 31 * 1_000],
  ])("expires_in %j is %d ms", (expires_in, lifetimeMs) => {
    expect(freshOf({ ...grantBody, expires_in })?.lifetimeMs).toBe(lifetimeMs);
  });

  it.each([
    0,
    -1,
    -300,
    "0",
    "-1",
    "",
    "soon",
    "3e2",
    Number.NaN,
    Infinity,
    -Infinity,
    null,
    true,
    [],
    {},
    [300],
  ])("expires_in %j is no lifetime: transient, and no grant", (expires_in) => {
    expect(outcomeOf({ ...grantBody, expires_in })).toEqual(badAnswer);
  });

  it("the lifetime is finite, whatever the server says", () => {
    const lifetimeMs = freshOf({ ...grantBody, expires_in: Number.MAX_VALUE })?.lifetimeMs ?? 0;
    expect(Number.isFinite(lifetimeMs)).toBe(true);
  });

  it("missing, with a JWT: what the token claims, whatever the local clock says", () => {
    const token = jwtOf({ sub: "ada", iat: 5_000, exp: 5_600 });
    expect(freshOf({ ...unlimited, access_token: token })?.lifetimeMs).toBe(600_000);
  });

  it("given, with a JWT that claims something else: the server's word counts", () => {
    const token = jwtOf({ sub: "ada", iat: 5_000, exp: 5_600 });
    expect(freshOf({ ...grantBody, access_token: token })?.lifetimeMs).toBe(300_000);
  });

  it.each([
    ["an opaque token", "opaque"],
    ["a JWT without iat", jwtOf({ exp: 5_600 })],
    ["a JWT without exp", jwtOf({ iat: 5_600 })],
    ["a JWT with an exp that is text", jwtOf({ iat: 1, exp: "x" })],
  ])("missing, with %s: a few minutes are assumed, the server's 401 is the authority", (_, access_token) => {
    const lifetimeMs = freshOf({ ...unlimited, access_token })?.lifetimeMs ?? 0;
    expect(lifetimeMs).toBeGreaterThanOrEqual(60_000);
    expect(lifetimeMs).toBeLessThanOrEqual(600_000);
  });

  it("missing, with a JWT that is over before it began: no grant", () => {
    expect(outcomeOf({ ...unlimited, access_token: jwtOf({ iat: 600, exp: 500 }) })).toEqual(badAnswer);
  });
});

describe("B4: JSON that would poison a prototype", () => {
  const json = (text: string): unknown => JSON.parse(text);

  it("grants nothing and pollutes nothing", () => {
    const body = json(
      `{"__proto__": ${JSON.stringify(grantBody)}, "constructor": {"prototype": {"access_token": "x"}}}`,
    );
    expect(outcomeOf(body)).toEqual(badAnswer);
    expect({}).not.toHaveProperty("access_token");
  });

  it("is tolerated beside a grant, like any member nobody knows", () => {
    const text = JSON.stringify(grantBody).replace("{", '{"__proto__": {"polluted": true},');
    expect(outcomeOf(json(text))).toMatchObject({ kind: "granted" });
    expect({}).not.toHaveProperty("polluted");
  });

  it("members are the answer's own: none comes from Object.prototype", () => {
    const body = Object.create(grantBody) as unknown;
    expect(outcomeOf(body)).toEqual(badAnswer);
  });
});

describe("L9: a session id is one that the register can carry", () => {
  it.each(["s1", "018f-4c.x_y", "a=b/c+d", "x".repeat(128)])("%j is", (id) => {
    const sessionId = freshOf({ ...grantBody, session: { id, version: 1 } })?.identity.sessionId;
    expect(sessionId).toBe(id);
    const record = { epoch: 1, status: "in", sessionId: id } as const;
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
    expect(decodeMark(`${id}.7`)).toEqual({ sessionId: id, revision: 7 });
  });

  it.each(["a;b", "a,b", "a b", 'a"b', "a\\b", "a~b", "é", "\ud800", "\n", "x".repeat(129)])(
    "%j is not, and no grant",
    (id) => {
      expect(outcomeOf({ ...grantBody, session: { id, version: 1 } })).toEqual(badAnswer);
    },
  );
});
