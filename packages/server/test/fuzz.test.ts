import fc from "fast-check";
import { importJWK, SignJWT } from "jose";
import { describe, expect, test } from "vitest";

import "./property-seed.js";
import { createWorld, request, signingKey } from "./world.js";

/** Text that is close to the real thing: parts of it dropped, doubled, swapped or replaced. */
function mutated(genuine: string): fc.Arbitrary<string> {
  const edit = fc.record({ at: fc.nat(genuine.length), drop: fc.nat(4), put: fc.string({ maxLength: 4 }) });
  const edited = fc
    .array(edit, { minLength: 1, maxLength: 3 })
    .map((edits) =>
      edits.reduce((text, { at, drop, put }) => text.slice(0, at) + put + text.slice(at + drop), genuine),
    );
  return edited.filter((text) => text !== genuine);
}

/** Header values are bytes without line breaks or NUL; other characters never reach a server. */
function toHeaderValue(text: string): string {
  return text.replace(/[^\x20-\x7e\x80-\xff]/g, "?");
}

describe("10,000 hostile requests", () => {
  test("4,000 cookies: no 500, and the victim's session lives on", { timeout: 60_000 }, async () => {
    const world = createWorld({ graceSeconds: 0 });
    const member = await world.member();
    await member.refresh();
    const genuine = [...member.jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const cookie = fc.oneof(
      fc.string({ maxLength: 300, unit: "binary" }),
      mutated(genuine),
      mutated(member.token()).map((text) => `__Host-lockstep=${text}`),
    );
    await fc.assert(
      fc.asyncProperty(
        cookie,
        fc.constantFrom("/session/refresh", "/session/sign-out"),
        async (text, path) => {
          const value = toHeaderValue(text);
          // A few edits leave the token itself whole (they hit the version cookie): those would be genuine.
          fc.pre(!value.replace(/\s/g, "").includes(`__Host-lockstep=${member.token()}`));
          const body = path.endsWith("refresh") ? '{"attempt":"fuzz"}' : '{"scope":"all"}';
          const response = await world.server.handler(request(path, { headers: { cookie: value }, body }));
          expect([204, 400, 401]).toContain(response.status);
        },
      ),
      { numRuns: 4000 },
    );
    expect((await member.refresh()).body.session.version).toBe(3);
  });

  test(
    "3,000 bodies: no 500, and none that is not a well-formed refresh rotates",
    { timeout: 60_000 },
    async () => {
      const world = createWorld({ graceSeconds: 0 });
      const member = await world.member();
      const body = fc.oneof(
        fc.string({ maxLength: 200, unit: "binary" }),
        fc.json(),
        mutated('{"attempt":"","activity_age":-1}'),
        fc
          .record({ attempt: fc.jsonValue(), activity_age: fc.jsonValue() })
          .map((value) => JSON.stringify(value)),
      );
      await fc.assert(
        fc.asyncProperty(body, async (text) => {
          const response = await world.server.handler(request("/session/refresh", { body: text }));
          // Without a cookie the best that a well-formed body can get is 401.
          expect([400, 401, 413]).toContain(response.status);
          if (response.status === 401) expect(() => JSON.parse(text)).not.toThrow();
          const out = await world.server.handler(request("/session/sign-out", { body: text }));
          expect([204, 400, 401, 413]).toContain(out.status);
        }),
        { numRuns: 3000 },
      );
      expect((await member.refresh()).body.session.version).toBe(2);
    },
  );

  test("3,000 access tokens: no 500, none accepted", { timeout: 60_000 }, async () => {
    const world = createWorld();
    const { body } = await world.browser().signIn({ userId: "ada" });
    const key = await importJWK({ ...signingKey }, "ES256");
    const [, , signature] = body.access_token.split(".");
    const part = fc.json().map((text) => Buffer.from(text).toString("base64url"));
    const token = fc.oneof(
      fc.string({ maxLength: 300, unit: "binary" }),
      mutated(body.access_token),
      fc.tuple(part, part).map(([header, payload]) => `${header}.${payload}.${signature}`),
    );
    await fc.assert(
      fc.asyncProperty(token, async (text) => {
        const authorization = `Bearer ${toHeaderValue(text)}`;
        // The last character of a signature has spare bits: it alone may differ and mean the same.
        fc.pre(authorization.trim().slice(0, -1) !== `Bearer ${body.access_token}`.slice(0, -1));
        const result = await world.server.verify(request("/api", { headers: { authorization } }));
        expect(result.ok ? "accepted" : result.response.status).toBe(401);
      }),
      { numRuns: 2500 },
    );
    // Rightly signed, but with any payload: only a bug of our own, or another service with our key, makes these.
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (payload) => {
        const header = { alg: "ES256", kid: signingKey.kid, typ: "at+jwt" };
        const signed = await new SignJWT(payload).setProtectedHeader(header).sign(key);
        const result = await world.server.verify(
          request("/api", { headers: { authorization: `Bearer ${signed}` } }),
        );
        expect(result.ok ? "accepted" : result.response.status).toBe(401);
      }),
      { numRuns: 500 },
    );
  });
});
