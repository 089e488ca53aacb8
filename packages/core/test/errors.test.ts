import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { isSessionError, SessionError } from "../src/errors.js";
import { failureError, unauthenticatedError } from "../src/runtime/failure-error.js";

describe("SessionError: errors as an API", () => {
  it("has a literal name, a code, and what the code comes with", () => {
    const cause = new Error("below");
    const error = new SessionError("unauthenticated", "Nobody is signed in.", {
      cause,
      reason: "idle",
      retryAfterMs: 5,
      status: 401,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "SessionError",
      code: "unauthenticated",
      reason: "idle",
      retryAfterMs: 5,
      status: 401,
      cause,
    });
    expect(String(error)).toBe("SessionError: Nobody is signed in.");
    expect(error.stack).toContain("Nobody is signed in.");
  });

  it("has no members that say nothing", () => {
    expect(Object.keys(new SessionError("disposed", "Gone."))).toEqual(["name", "code"]);
    expect("cause" in new SessionError("disposed", "Gone.")).toBe(false);
  });

  it("every failure of the machine becomes one that names itself and says what to do", () => {
    for (const code of [
      "network",
      "timeout",
      "rate-limited",
      "unavailable",
      "bad-answer",
      "conflict",
      "refused",
    ] as const) {
      const error = failureError({ code, status: 503, retryAfterMs: 1_000 });
      expect(error).toMatchObject({ code, status: 503, retryAfterMs: 1_000 });
      expect(error.message.length).toBeGreaterThan(20);
    }
    expect(unauthenticatedError("reuse-detected")).toMatchObject({
      code: "unauthenticated",
      reason: "reuse-detected",
    });
  });
});

describe("isSessionError", () => {
  it("knows one of this realm, and one of another copy of this package in another realm", () => {
    const foreign: unknown = runInNewContext(`
      class a extends Error { constructor(code) { super("minified"); this.name = "SessionError"; this.code = code; } }
      new a("network")
    `);
    expect(foreign).not.toBeInstanceOf(Error);
    expect(isSessionError(foreign)).toBe(true);
    expect(isSessionError(new SessionError("network", "x"))).toBe(true);
  });

  it("knows one after structuredClone kept it, or says no; it never throws", () => {
    expect(() => isSessionError(structuredClone(new SessionError("network", "x")))).not.toThrow();
  });

  it.each([
    undefined,
    null,
    5,
    "SessionError",
    new Error("x"),
    new TypeError("x"),
    { name: "SessionError" },
    { code: "network" },
    { name: "SessionError", code: 5 },
    new DOMException("x", "AbortError"),
  ])("is not taken in by %s", (value) => {
    expect(isSessionError(value)).toBe(false);
  });
});

describe("L5, R-150: an error leaks nothing when it is logged, sent or cloned", () => {
  const error = new SessionError(
    "sign-in-failed",
    "The login call was answered with an error; see `response`.",
    {
      response: { status: 403, body: "secret", headers: { authorization: "Bearer secret" } },
      status: 403,
    },
  );

  it("the login call's answer is there for the application", () => {
    expect(error.response).toMatchObject({ status: 403 });
  });

  it("and in no serialisation", () => {
    expect(Object.keys(error)).not.toContain("response");
    expect(JSON.stringify(error)).not.toContain("secret");
    expect(JSON.stringify(Object.entries(error))).not.toContain("secret");
    const clone: unknown = structuredClone(error);
    expect(JSON.stringify(Object.getOwnPropertyDescriptors(clone))).not.toContain("secret");
    expect(`${String(error)} ${error.stack}`).not.toContain("secret");
  });
});
