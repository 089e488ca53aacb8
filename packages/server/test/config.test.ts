import { afterEach, describe, expect, test, vi } from "vitest";

import {
  createMemoryStore,
  createSessionServer,
  ServerConfigError,
  type SessionServerOptions,
} from "../src/index.js";
import { request, signingKey } from "./world.js";

const good: SessionServerOptions = {
  store: createMemoryStore(),
  issuer: "https://app.example",
  audience: "https://api.example",
  signingKeys: [signingKey],
};

function failure(changes: object): ServerConfigError {
  try {
    createSessionServer({ ...good, ...changes });
  } catch (cause) {
    return cause as ServerConfigError;
  }
  return expect.unreachable("the options were accepted");
}

afterEach(() => vi.unstubAllEnvs());

const { y: _, ...withoutY } = signingKey;

describe("options that cannot work", () => {
  test.each<[object, string, string]>([
    [{ store: undefined }, "missing_option", "store"],
    [{ store: null }, "missing_option", "store"],
    [{ store: { insert: () => 0 } }, "invalid_option", "store"],
    [{ issuer: undefined }, "missing_option", "issuer"],
    [{ issuer: "" }, "invalid_option", "issuer"],
    [{ audience: undefined }, "missing_option", "audience"],
    [{ audience: 'a"b' }, "invalid_option", "audience"],
    [{ audience: "a\r\nSet-Cookie: x" }, "invalid_option", "audience"],
    [{ signingKeys: undefined }, "missing_option", "signingKeys"],
    [{ signingKeys: [] }, "missing_option", "signingKeys"],
    [{ signingKeys: signingKey }, "invalid_option", "signingKeys"],
    [{ signingKeys: [null] }, "invalid_option", "signingKeys[0].alg"],
    [{ signingKeys: [{ ...signingKey, alg: "HS256" }] }, "invalid_option", "signingKeys[0].alg"],
    [{ signingKeys: [{ ...signingKey, alg: "EdDSA" }] }, "invalid_option", "signingKeys[0].crv"],
    [{ signingKeys: [{ ...signingKey, kid: "" }] }, "invalid_option", "signingKeys[0].kid"],
    [{ signingKeys: [signingKey, signingKey] }, "invalid_option", "signingKeys[1].kid"],
    [{ signingKeys: [{ ...signingKey, d: undefined }] }, "invalid_option", "signingKeys[0].d"],
    [{ signingKeys: [withoutY] }, "invalid_option", "signingKeys[0].y"],
    [{ basePath: "session" }, "invalid_option", "basePath"],
    [{ basePath: "/session/" }, "invalid_option", "basePath"],
    [{ basePath: "/a/../b" }, "invalid_option", "basePath"],
    [{ basePath: "" }, "invalid_option", "basePath"],
    [{ publicOrigin: "https://app.example/" }, "invalid_option", "publicOrigin"],
    [{ publicOrigin: "http://app.example" }, "invalid_option", "publicOrigin"],
    [{ publicOrigin: "http://localhost:3000" }, "invalid_option", "publicOrigin"],
    [{ publicOrigin: "app.example" }, "invalid_option", "publicOrigin"],
    [{ allowedOrigins: "https://a.example" }, "invalid_option", "allowedOrigins"],
    [{ allowedOrigins: ["https://a.example", "*"] }, "invalid_option", "allowedOrigins[1]"],
    [{ allowedOrigins: ["null"] }, "invalid_option", "allowedOrigins[0]"],
    [{ allowedOrigins: ["https://*.example"] }, "invalid_option", "allowedOrigins[0]"],
    [{ accessTokenLifetimeSeconds: 0 }, "invalid_option", "accessTokenLifetimeSeconds"],
    [{ accessTokenLifetimeSeconds: 3601 }, "invalid_option", "accessTokenLifetimeSeconds"],
    [{ accessTokenLifetimeSeconds: "300" }, "invalid_option", "accessTokenLifetimeSeconds"],
    [{ idleLifetimeSeconds: Number.NaN }, "invalid_option", "idleLifetimeSeconds"],
    [{ idleLifetimeSeconds: 1.5 }, "invalid_option", "idleLifetimeSeconds"],
    [{ absoluteLifetimeSeconds: 401 * 86_400 }, "invalid_option", "absoluteLifetimeSeconds"],
    [{ graceSeconds: -1 }, "invalid_option", "graceSeconds"],
    [{ graceSeconds: 301 }, "invalid_option", "graceSeconds"],
    [{ sameSite: "strict" }, "invalid_option", "sameSite"],
    [{ cookieName: "__Host-x" }, "invalid_option", "cookieName"],
    [{ cookieName: "a;b" }, "invalid_option", "cookieName"],
    [{ clock: 0 }, "invalid_option", "clock"],
    [{ random: 4 }, "invalid_option", "random"],
    [{ onEvent: "log" }, "invalid_option", "onEvent"],
    [{ loadUser: {} }, "invalid_option", "loadUser"],
    [{ eventSalt: "" }, "invalid_option", "eventSalt"],
    [{ graceSecond: 0 }, "unknown_option", "graceSecond"],
    [
      { idleLifetimeSeconds: 7200, absoluteLifetimeSeconds: 3600 },
      "conflicting_options",
      "idleLifetimeSeconds",
    ],
    [{ idleLifetimeSeconds: 200 }, "conflicting_options", "accessTokenLifetimeSeconds"],
    [{ idleLifetimeSeconds: 20, accessTokenLifetimeSeconds: 10 }, "conflicting_options", "graceSeconds"],
    [{ development: true, sameSite: "None" }, "conflicting_options", "sameSite"],
    [{ development: "true" }, "invalid_option", "development"],
    [{ development: 1 }, "invalid_option", "development"],
  ])("%o are refused with the code %s, naming %s", (changes, code, option) => {
    const error = failure(changes);
    expect(error).toBeInstanceOf(ServerConfigError);
    expect(error).toMatchObject({ name: "ServerConfigError", code, option });
    expect(error.message).toMatch(/^@lockstep\/server: `.+` .+; .+\.$/);
  });

  test("no options at all are refused with the same error", () => {
    expect(() => createSessionServer(undefined as never)).toThrow(ServerConfigError);
  });

  test("R-150: no message repeats a private key", () => {
    expect(JSON.stringify([failure({ signingKeys: [signingKey, signingKey] }).message])).not.toContain(
      signingKey.d,
    );
  });

  test("a key that only the platform can tell is bad is reported by start, and answered with 500 by the handler", async () => {
    const off = { ...signingKey, y: signingKey.x, kid: "off the curve" };
    const server = createSessionServer({ ...good, signingKeys: [off] });
    await expect(server.start(request("/login"), { userId: "a" })).rejects.toMatchObject({
      code: "unusable_key",
    });
    const result = await server.verify(request("/api", { headers: { authorization: "Bearer x" } }));
    expect(result.ok ? 0 : result.response.status).toBe(500);
  });
});

describe("development mode cannot be switched on by accident", () => {
  test("it throws under NODE_ENV=production", () => {
    vi.stubEnv("NODE_ENV", "production");
    expect(failure({ development: true })).toMatchObject({
      code: "development_in_production",
      option: "development",
    });
    expect(() => createSessionServer(good)).not.toThrow();
  });

  test("plain http origins are accepted for loopback hosts only, and in development only", () => {
    expect(() =>
      createSessionServer({ ...good, development: true, allowedOrigins: ["http://localhost:5173"] }),
    ).not.toThrow();
    expect(failure({ development: true, allowedOrigins: ["http://app.example"] }).option).toBe(
      "allowedOrigins[0]",
    );
    expect(failure({ allowedOrigins: ["http://localhost:5173"] }).option).toBe("allowedOrigins[0]");
  });
});
