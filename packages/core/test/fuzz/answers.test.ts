import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFetchTransport } from "../../src/adapters/fetch-transport.js";
import { createLockstepBackend } from "../../src/backends/lockstep.js";
import { createIdentityReader, readLifetimeMs } from "../../src/backends/token-reader.js";
import { grantBody, jwtOf } from "../support/answers.js";
import { anyJson, anything, fuzzRuns, mutated } from "../support/property.js";

const identify = createIdentityReader(undefined);
const backend = createLockstepBackend({ readIdentity: identify, readLifetimeMs, wall: () => 0 });

const status = fc.oneof(
  fc.constantFrom(200, 401, 400, 403, 204, 429, 503),
  fc.integer({ min: 200, max: 599 }),
);
const end = fc.record({
  error: fc.oneof(fc.constant("session_ended"), fc.string()),
  reason: fc.oneof(fc.constantFrom("idle", "revoked", "signed-out", "__proto__"), anyJson),
});
const grant = fc.constant(grantBody);
const nested = fc.record({
  access_token: fc.oneof(fc.string(), fc.object().map(jwtOf)),
  token_type: fc.oneof(fc.constantFrom("Bearer", "DPoP", undefined), anyJson),
  expires_in: fc.oneof(fc.constantFrom(0, -1, 1, 2 ** 31, "300", null, undefined, 1e308), anyJson),
  session: fc.oneof(mutated(fc.constant(grantBody.session as Record<string, unknown>)), anyJson),
  user: anyJson,
});
const body = fc.oneof(anyJson, end, mutated(end), grant, mutated(grant), nested, mutated(nested), anything);
const headers = fc.dictionary(
  fc.constantFrom("Retry-After", "Date", "WWW-Authenticate"),
  fc.stringMatching(/^[\x20-\x7e]{0,30}$/),
);

/** The one answer that ends a session (L4). */
function isDefinitive(answer: number, body: unknown): boolean {
  return (
    answer === 401 &&
    typeof body === "object" &&
    body !== null &&
    Object.hasOwn(body, "error") &&
    (body as { error: unknown }).error === "session_ended"
  );
}

describe(`L4: fuzz of refresh answers, ${fuzzRuns} cases each`, { timeout: 60_000 }, () => {
  it("none throws; none but the definitive one ends a session; what is granted can be used", () => {
    const seen = { granted: 0, declined: 0, ended: 0, failed: 0 };
    fc.assert(
      fc.property(status, body, headers, (status, body, headers) => {
        const outcome = backend.refreshOutcome({ status, body, headers: new Headers(headers) });
        seen[outcome.kind] += 1;
        expect(outcome.kind === "ended").toBe(isDefinitive(status, body));
        if (outcome.kind === "granted") {
          const { token, revision, lifetimeMs, identity } = outcome.fresh;
          expect(status).toBe(200);
          expect(token).not.toBe("");
          expect(lifetimeMs).toBeGreaterThan(0);
          expect(Number.isFinite(lifetimeMs)).toBe(true);
          expect(revision).toBeGreaterThanOrEqual(0);
          expect(identity.sessionId).not.toBe("");
        }
        if (outcome.kind === "failed") expect(outcome.failure.retryAfterMs ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
    // Every kind has to come up, or nothing was tried.
    expect(Math.min(seen.granted, seen.ended, seen.failed)).toBeGreaterThan(fuzzRuns / 200);
  });

  it("no login answer and no sign-out answer throws, and only a success of the server counts as one", () => {
    fc.assert(
      fc.property(status, body, (status, body) => {
        const answer = { status, body, headers: new Headers() };
        expect(backend.signInOutcome(answer).kind === "failed").toBe(status < 200 || status > 299);
        expect(backend.signOutOutcome(answer).kind === "done").toBe(
          status === 204 || isDefinitive(status, body),
        );
      }),
    );
  });

  it("over fetch, whatever bytes come, the transport resolves", async () => {
    const whole = JSON.stringify(grantBody);
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.nat(whole.length).map((length) => whole.slice(0, length)),
      fc
        .tuple(fc.nat(whole.length), fc.string())
        .map(([at, extra]) => `${whole.slice(0, at)}${extra}${whole.slice(at)}`),
      fc.json(),
    );
    await fc.assert(
      fc.asyncProperty(status, text, async (status, text) => {
        const empty = status === 204 || status === 205 || status === 304;
        const fetch = async (): Promise<Response> => new Response(empty ? null : text, { status });
        const transport = createFetchTransport({
          endpoint: "https://app.example/session",
          isSameOrigin: true,
          fetch,
          backend,
          identify,
        });
        const { kind } = await transport.refresh("attempt", 0, null);
        expect(["granted", "declined", "ended", "failed"]).toContain(kind);
        if (kind === "ended") expect([status, text.includes("session_ended")]).toEqual([401, true]);
      }),
    );
  });
});
