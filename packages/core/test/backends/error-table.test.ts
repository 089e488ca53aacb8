import { describe, expect, it } from "vitest";
import { createLockstepBackend } from "../../src/backends/lockstep.js";
import { createIdentityReader, readLifetimeMs } from "../../src/backends/token-reader.js";
import type { Answer } from "../../src/runtime/ports.js";
import { grantBody } from "../support/answers.js";

const wall = Date.parse("2026-11-21T00:00:00Z");
const readIdentity = createIdentityReader(undefined);
const backend = createLockstepBackend({ readIdentity, readLifetimeMs, wall: () => wall });

function answer(status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body, headers: new Headers(headers) };
}

const html = undefined;

describe("L4, R-030: only the backend's own definitive answer ends a session", () => {
  const failures: readonly (readonly [number, unknown, string])[] = [
    [400, { error: "invalid_grant" }, "refused"],
    [400, { error: "invalid_request" }, "refused"],
    [400, { error: "unsupported_grant_type" }, "refused"],
    [400, { error: "unauthorized_client" }, "refused"],
    [400, { error: "invalid_scope" }, "refused"],
    [400, { error: "use_dpop_nonce" }, "refused"],
    [400, { error: "session_ended", reason: "revoked" }, "refused"],
    [400, html, "bad-answer"],
    [401, { error: "invalid_client" }, "refused"],
    [401, { error: "invalid_token" }, "refused"],
    [401, { error: "" }, "bad-answer"],
    [401, { error: ["session_ended"], reason: "revoked" }, "bad-answer"],
    [401, { error: "Session_Ended", reason: "revoked" }, "refused"],
    [401, {}, "bad-answer"],
    [401, html, "bad-answer"],
    [403, { error: "session_ended", reason: "revoked" }, "refused"],
    [403, { error: "forbidden_origin" }, "refused"],
    [403, html, "bad-answer"],
    [404, html, "bad-answer"],
    [404, { error: "not_found" }, "refused"],
    [405, html, "bad-answer"],
    [407, html, "bad-answer"],
    [408, html, "unavailable"],
    [409, html, "conflict"],
    [409, { error: "session_ended", reason: "revoked" }, "conflict"],
    [410, { error: "session_ended", reason: "revoked" }, "refused"],
    [413, html, "bad-answer"],
    [415, { error: "invalid_request" }, "refused"],
    [422, { error: "attempt_reused" }, "refused"],
    [425, html, "unavailable"],
    [429, html, "rate-limited"],
    [429, { error: "session_ended", reason: "revoked" }, "rate-limited"],
    [500, { error: "session_ended", reason: "revoked" }, "unavailable"],
    [500, html, "unavailable"],
    [502, html, "unavailable"],
    [503, html, "unavailable"],
    [504, html, "unavailable"],
    [511, html, "unavailable"],
    [200, { error: "session_ended", reason: "revoked" }, "bad-answer"],
    [200, html, "bad-answer"],
    [200, null, "bad-answer"],
    [200, [], "bad-answer"],
    [200, "token", "bad-answer"],
    [201, grantBody, "bad-answer"],
    [204, html, "bad-answer"],
    [206, grantBody, "bad-answer"],
    [302, html, "bad-answer"],
    [304, html, "bad-answer"],
    [0, html, "bad-answer"],
  ];

  it.each(failures)("%d with %j is %s, and the session is kept", (status, body, code) => {
    const outcome = backend.refreshOutcome(answer(status, body));
    expect(outcome).toEqual({ kind: "failed", failure: { code, status } });
  });

  it.each(["idle", "expired", "revoked", "reuse-detected", "no-session"] as const)(
    "401 session_ended, %s, is the end",
    (reason) => {
      const outcome = backend.refreshOutcome(answer(401, { error: "session_ended", reason }));
      expect(outcome).toEqual({ kind: "ended", reason });
    },
  );

  it("a session that was signed out was so elsewhere: this tab would not have asked", () => {
    const outcome = backend.refreshOutcome(answer(401, { error: "session_ended", reason: "signed-out" }));
    expect(outcome).toEqual({ kind: "ended", reason: "signed-out-elsewhere" });
  });

  it.each([undefined, null, 5, "", "a-reason-of-version-2", "__proto__", {}])(
    "the end is definitive also with reason %j, which nobody here knows",
    (reason) => {
      const outcome = backend.refreshOutcome(answer(401, { error: "session_ended", reason }));
      expect(outcome).toEqual({ kind: "ended", reason: "revoked" });
    },
  );
});

describe("R-031: a failure carries the server's wish, where it has one", () => {
  it.each([429, 503, 500, 409, 403, 404])("Retry-After on %d, in seconds", (status) => {
    const outcome = backend.refreshOutcome(answer(status, html, { "Retry-After": "120" }));
    expect(outcome).toMatchObject({ kind: "failed", failure: { retryAfterMs: 120_000 } });
  });

  it("as a date, by the clock of the server", () => {
    const headers = { "Retry-After": "Sat, 21 Nov 2026 00:02:00 GMT" };
    expect(backend.refreshOutcome(answer(503, html, headers))).toMatchObject({
      failure: { retryAfterMs: 120_000 },
    });
    const dated = { ...headers, Date: "Sat, 21 Nov 2026 00:01:00 GMT" };
    expect(backend.refreshOutcome(answer(503, html, dated))).toMatchObject({
      failure: { retryAfterMs: 60_000 },
    });
  });

  it("rubbish is no wish", () => {
    const outcome = backend.refreshOutcome(answer(503, html, { "Retry-After": "soon" }));
    expect(outcome).toEqual({ kind: "failed", failure: { code: "unavailable", status: 503 } });
  });
});

describe("Scenario 27: a revocation counts only when the server confirmed it", () => {
  it.each([
    [204, html],
    [401, { error: "session_ended", reason: "no-session" }],
  ])("%d with %j is confirmed", (status, body) => {
    expect(backend.signOutOutcome(answer(status, body))).toEqual({ kind: "done" });
  });

  it.each([
    [200, html, "bad-answer"],
    [200, {}, "bad-answer"],
    [401, html, "bad-answer"],
    [403, { error: "forbidden_origin" }, "refused"],
    [429, html, "rate-limited"],
    [500, html, "unavailable"],
    [503, { error: "session_ended" }, "unavailable"],
  ])("%d with %j is not", (status, body, code) => {
    expect(backend.signOutOutcome(answer(status, body))).toMatchObject({ kind: "failed", failure: { code } });
  });
});
