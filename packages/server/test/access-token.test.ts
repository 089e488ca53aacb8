import { createHmac } from "node:crypto";

import { base64url, exportSPKI, importJWK, SignJWT, UnsecuredJWT, type JWTHeaderParameters } from "jose";
import { describe, expect, test } from "vitest";

import { createMemoryStore, generateSigningKey } from "../src/index.js";
import { createWorld, ORIGIN, request, signingKey, type World } from "./world.js";

const privateKey = await importJWK({ ...signingKey }, "ES256");
const header: JWTHeaderParameters = { alg: "ES256", kid: signingKey.kid, typ: "at+jwt" };

function payload(world: World): Record<string, unknown> {
  const now = Math.floor(world.clock.now / 1000);
  return {
    iss: ORIGIN,
    aud: "https://api.example",
    sub: "ada",
    sid: "s",
    auth_time: now,
    iat: now,
    exp: now + 300,
  };
}

function api(token: string | null): Request {
  return request("/api", { headers: { authorization: token === null ? null : `Bearer ${token}` } });
}

async function verdict(world: World, token: string | null): Promise<string> {
  const result = await world.server.verify(api(token));
  return result.ok
    ? "accepted"
    : `${result.response.status} ${result.response.headers.get("www-authenticate")}`;
}

async function signed(
  world: World,
  changes: Record<string, unknown> = {},
  headerChanges: object = {},
): Promise<string> {
  const claims = Object.fromEntries(
    Object.entries({ ...payload(world), ...changes }).filter(([, value]) => value !== undefined),
  );
  return new SignJWT(claims).setProtectedHeader({ ...header, ...headerChanges }).sign(privateKey);
}

const REFUSED =
  '401 Bearer error="invalid_token", error_description="The access token is invalid or expired", realm="https://api.example"';

describe("access tokens", () => {
  test("verify says who calls, with the claims given at sign-in", async () => {
    const world = createWorld();
    const member = world.browser();
    const { body } = await member.signIn({
      userId: "ada",
      claims: { role: "admin", org: { id: 7 } },
      acr: "urn:mfa",
      amr: ["otp"],
    });
    const result = await world.server.verify(api(body.access_token));
    expect(result).toEqual({
      ok: true,
      session: {
        userId: "ada",
        sessionId: body.session.id,
        claims: { role: "admin", org: { id: 7 } },
        authTime: world.clock.now / 1000,
        acr: "urn:mfa",
        expiresAt: world.clock.now / 1000 + 300,
      },
    });
  });

  test("the scheme is matched whatever its case", async () => {
    const world = createWorld();
    const authorization = `bearer ${await signed(world)}`;
    expect((await world.server.verify(request("/api", { headers: { authorization } }))).ok).toBe(true);
  });

  test("without credentials the challenge names no error (RFC 6750)", async () => {
    const world = createWorld();
    expect(await verdict(world, null)).toBe('401 Bearer realm="https://api.example"');
    const basic = await world.server.verify(request("/api", { headers: { authorization: "Basic YTpi" } }));
    expect(basic.ok ? "" : basic.response.headers.get("www-authenticate")).toBe(
      'Bearer realm="https://api.example"',
    );
  });

  test("a token in the URL is not looked at", async () => {
    const world = createWorld();
    const url = `/api?access_token=${await signed(world)}`;
    expect((await world.server.verify(request(url))).ok).toBe(false);
  });

  test("L6: is good for at least the seconds that expires_in promised, from any moment, and a second more at most", async () => {
    for (const offsetMs of [0, 1, 499, 999]) {
      const world = createWorld({ accessTokenLifetimeSeconds: 60 });
      world.clock.now += offsetMs;
      const { body } = await world.browser().signIn({ userId: "ada" });
      world.clock.now += body.expires_in * 1000 - 1;
      expect(await verdict(world, body.access_token)).toBe("accepted");
      world.clock.now += 1001;
      expect(await verdict(world, body.access_token)).toBe(REFUSED);
    }
  });

  test.each(["none", "None", "NONE"])("G1: alg %s is refused", async (alg) => {
    const world = createWorld();
    const unsecured = new UnsecuredJWT(payload(world)).encode().split(".");
    const head = base64url.encode(JSON.stringify({ alg, typ: "at+jwt", kid: signingKey.kid }));
    expect(await verdict(world, `${head}.${unsecured[1]}.`)).toBe(REFUSED);
    const [, body, signature] = (await signed(world)).split(".");
    expect(await verdict(world, `${head}.${body}.${signature}`)).toBe(REFUSED);
  });

  test("G2: a MAC made with the public key for its secret is refused", async () => {
    const world = createWorld();
    const publicJwk = world.server.jwks().keys[0];
    const pem = await exportSPKI(
      (await importJWK({ ...publicJwk }, "ES256", { extractable: true })) as CryptoKey,
    );
    for (const secret of [pem, JSON.stringify(publicJwk), publicJwk?.x ?? ""]) {
      const head = base64url.encode(JSON.stringify({ ...header, alg: "HS256" }));
      const body = base64url.encode(JSON.stringify(payload(world)));
      const mac = createHmac("sha256", secret).update(`${head}.${body}`).digest("base64url");
      expect(await verdict(world, `${head}.${body}.${mac}`)).toBe(REFUSED);
    }
  });

  test("G3: keys come from the configuration only: jku, x5u, jwk and strange kids lead nowhere", async () => {
    const world = createWorld();
    const evil = await generateSigningKey();
    const evilKey = await importJWK({ ...evil }, "ES256");
    const { d: _, ...evilPublic } = evil;
    const headers = [
      { ...header, jwk: evilPublic },
      { ...header, jku: "https://evil.example/jwks.json" },
      { ...header, x5u: "https://evil.example/cert.pem" },
      { ...header, kid: evil.kid },
      { ...header, kid: "../../../../dev/null" },
      { ...header, kid: "' OR 1=1; --" },
      { ...header, kid: "__proto__" },
      { alg: "ES256", typ: "at+jwt" },
    ];
    expect(await verdict(world, await signed(world, {}, { kid: "nobody" }))).toBe(REFUSED);
    for (const protectedHeader of headers) {
      const forged = await new SignJWT(payload(world)).setProtectedHeader(protectedHeader).sign(evilKey);
      expect(await verdict(world, forged)).toBe(REFUSED);
    }
    expect(
      await verdict(world, await signed(world, {}, { jku: "https://evil.example", jwk: evilPublic })),
    ).toBe("accepted");
    expect(
      await verdict(world, await signed(world, {}, { crit: ["exotic"], exotic: 1 }).catch(() => "x.y.z")),
    ).toBe(REFUSED);
  });

  test.each([
    ["an id token", {}, { typ: "JWT" }],
    ["a token without a type", {}, { typ: undefined }],
    ["a logout token", {}, { typ: "logout+jwt" }],
    ["another audience", { aud: "https://other.example" }, {}],
    ["no audience", { aud: undefined }, {}],
    ["another issuer", { iss: "https://evil.example" }, {}],
    ["an issuer that starts alike", { iss: `${ORIGIN}/` }, {}],
    ["no subject", { sub: undefined }, {}],
    ["a subject that is no text", { sub: 7 }, {}],
    ["no session", { sid: undefined }, {}],
    ["a session that is no text", { sid: ["s"] }, {}],
    ["an auth_time that is no number", { auth_time: "now" }, {}],
  ])("G4: %s is refused", async (_, claims, headerChanges) => {
    const world = createWorld();
    expect(await verdict(world, await signed(world))).toBe("accepted");
    expect(await verdict(world, await signed(world, claims, headerChanges))).toBe(REFUSED);
  });

  test("G5: expired, not yet valid or stamped in the future is refused; another node's few seconds are not", async () => {
    const world = createWorld();
    const now = Math.floor(world.clock.now / 1000);
    expect(await verdict(world, await signed(world, { exp: now }))).toBe(REFUSED);
    expect(await verdict(world, await signed(world, { exp: undefined }))).toBe(REFUSED);
    expect(await verdict(world, await signed(world, { exp: "later" }))).toBe(REFUSED);
    expect(await verdict(world, await signed(world, { nbf: now + 60 }))).toBe(REFUSED);
    expect(await verdict(world, await signed(world, { iat: now + 60 }))).toBe(REFUSED);
    expect(await verdict(world, await signed(world, { iat: undefined }))).toBe(REFUSED);
    expect(await verdict(world, await signed(world, { iat: now + 4 }))).toBe("accepted");
    expect(await verdict(world, await signed(world, { exp: now + 1 }))).toBe("accepted");
  });

  test("a token with one changed character anywhere is refused", async () => {
    const world = createWorld();
    const token = await signed(world);
    for (let index = 0; index < token.length - 1; index += 7) {
      const changed = token.slice(0, index) + (token[index] === "A" ? "B" : "A") + token.slice(index + 1);
      expect(await verdict(world, changed), String(index)).toBe(REFUSED);
    }
    expect(await verdict(world, `${token}A`)).toBe(REFUSED);
    expect(await verdict(world, "A".repeat(9000))).toBe(REFUSED);
  });

  test("G6 R-070: a revoked session's token is refused at once where it is asked for, and when it expires elsewhere", async () => {
    const world = createWorld();
    const { body } = await world.browser().signIn({ userId: "ada" });
    await world.server.revokeUser("ada");
    const asked = await world.server.verify(api(body.access_token), { checkRevocation: true });
    expect(asked.ok ? "" : asked.response.headers.get("www-authenticate")).toContain('error="invalid_token"');
    expect(await verdict(world, body.access_token)).toBe("accepted");
    world.pass(300);
    expect(await verdict(world, body.access_token)).toBe(REFUSED);
  });

  test("G6: a session that idled out, or that the store does not know, is refused where it is asked for", async () => {
    const world = createWorld({
      accessTokenLifetimeSeconds: 100,
      idleLifetimeSeconds: 100,
      absoluteLifetimeSeconds: 100,
    });
    const { body } = await world.browser().signIn({ userId: "ada" });
    expect((await world.server.verify(api(body.access_token), { checkRevocation: true })).ok).toBe(true);
    expect((await world.server.verify(api(await signed(world)), { checkRevocation: true })).ok).toBe(false);
    expect(
      (
        await world.server.verify(api(await signed(world, { sid: body.session.id, sub: "eve" })), {
          checkRevocation: true,
        })
      ).ok,
    ).toBe(false);
  });

  test("G6: a store that cannot be asked means 503, neither yes nor no", async () => {
    const world = createWorld({
      store: { ...createMemoryStore(), read: () => Promise.reject(new Error("down")) },
    });
    const result = await world.server.verify(api(await signed(world)), { checkRevocation: true });
    expect(result.ok ? 200 : result.response.status).toBe(503);
  });

  test("keys rotate: a new one in front signs, the old one still verifies until it is dropped", async () => {
    const next = await generateSigningKey("EdDSA");
    const before = createWorld();
    const during = createWorld({ signingKeys: [next, signingKey] });
    const after = createWorld({ signingKeys: [next] });
    const old = (await before.browser().signIn({ userId: "ada" })).body.access_token;
    const fresh = (await during.browser().signIn({ userId: "ada" })).body.access_token;
    expect([await verdict(during, old), await verdict(during, fresh), await verdict(after, fresh)]).toEqual(
      Array(3).fill("accepted"),
    );
    expect(await verdict(after, old)).toBe(REFUSED);
    expect(during.server.jwks().keys.map((key) => key.kid)).toEqual([next.kid, signingKey.kid]);
    expect(JSON.stringify(during.server.jwks())).not.toContain(signingKey.d);
  });
});
