import { describe, expect, test } from "vitest";

import { createWorld, request } from "./world.js";

const FRIEND = "https://www.example";
const crossOrigin = (origin: string) => ({ origin, "sec-fetch-site": "cross-site" });

function preflight(origin: string | null, path = "/session/refresh") {
  return request(path, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
}

describe("cross-origin callers", () => {
  test("R-045 R-046: one on the list is answered exactly, with credentials, and may read what it needs", async () => {
    const world = createWorld({ allowedOrigins: [FRIEND] });
    const member = await world.member();
    const call = request("/session/refresh", {
      jar: member.jar,
      headers: crossOrigin(FRIEND),
      body: '{"attempt":"a"}',
    });
    const { status, headers } = await world.server.handler(call);
    expect(status).toBe(200);
    expect(headers.get("access-control-allow-origin")).toBe(FRIEND);
    expect(headers.get("access-control-allow-credentials")).toBe("true");
    expect(headers.get("access-control-expose-headers")).toBe("WWW-Authenticate, Retry-After, Date");
    expect(headers.get("vary")).toContain("Origin");
    expect(headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  });

  test("one on the list can read errors and ends too, and may start a session", async () => {
    const world = createWorld({ allowedOrigins: [FRIEND] });
    const headers = crossOrigin(FRIEND);
    const ended = await world.server.handler(
      request("/session/refresh", { headers, body: '{"attempt":"a"}' }),
    );
    const broken = await world.server.handler(request("/session/refresh", { headers, body: "{" }));
    const started = await world.server.start(request("/login", { headers }), { userId: "ada" });
    const checked = await world.server.verify(request("/api", { headers }));
    expect([ended.status, broken.status, started.status]).toEqual([401, 400, 200]);
    for (const response of [ended, broken, started, ...(checked.ok ? [] : [checked.response])]) {
      expect(response.headers.get("access-control-allow-origin")).toBe(FRIEND);
    }
  });

  test("a preflight of one on the list is answered in full", async () => {
    const world = createWorld({ allowedOrigins: [FRIEND] });
    const { status, headers } = await world.server.handler(preflight(FRIEND));
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-methods")).toBe("POST");
    expect(headers.get("access-control-allow-headers")).toBe(
      "authorization, content-type, last-event-id, lockstep-protocol",
    );
    expect(headers.get("access-control-allow-origin")).toBe(FRIEND);
    expect(headers.get("access-control-allow-credentials")).toBe("true");
    expect(headers.get("vary")).toContain("Origin");
  });

  test.each([
    "https://evil.example",
    "null",
    "https://www.example.evil.example",
    "https://evilwww.example",
    "http://www.example",
    "https://www.example:8443",
    "https://WWW.example",
    "https://www.example/",
    "https://www.example.",
    "*",
  ])("F12: the origin %s is never reflected", async (origin) => {
    const world = createWorld({ allowedOrigins: [FRIEND], graceSeconds: 0 });
    const member = await world.member();
    const call = request("/session/refresh", {
      jar: member.jar,
      headers: crossOrigin(origin),
      body: '{"attempt":"a"}',
    });
    for (const sent of [
      call,
      preflight(origin),
      request("/session/jwks.json", { method: "GET", headers: { origin } }),
    ]) {
      const { headers } = await world.server.handler(sent);
      expect(headers.has("access-control-allow-origin")).toBe(false);
      expect(headers.has("access-control-allow-credentials")).toBe(false);
    }
    expect((await world.server.handler(preflight(origin))).status).toBe(403);
    expect((await member.refresh()).body.session.version).toBe(2);
  });

  test("an OPTIONS request without an Origin learns the methods and nothing else", async () => {
    const world = createWorld({ allowedOrigins: [FRIEND] });
    const response = await world.server.handler(preflight(null, "/session/jwks.json"));
    expect(response.status).toBe(204);
    expect(response.headers.get("allow")).toBe("GET, HEAD");
  });
});

describe("what caches see", () => {
  test("F13 R-107: every answer but the key set is no-store, nosniff, without referrer and for its own origin", async () => {
    const world = createWorld();
    const member = await world.member();
    const verified = await world.server.verify(request("/api"));
    const responses = [
      await world.server.start(request("/login"), { userId: "ada" }),
      await world.server.handler(request("/session/refresh", { jar: member.jar, body: '{"attempt":"a"}' })),
      await world.server.handler(request("/session/refresh", { body: '{"attempt":"a"}' })),
      await world.server.handler(request("/session/sign-out", { jar: member.jar, body: "{}" })),
      await world.server.handler(request("/session/refresh", { body: "{" })),
      await world.server.handler(request("/session/nothing")),
      ...(verified.ok ? [] : [verified.response]),
    ];
    expect(responses.map((response) => response.status)).toEqual([200, 200, 401, 204, 400, 404, 401]);
    for (const { headers } of responses) {
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(headers.get("vary")).toBe("Origin, Sec-Fetch-Site, Cookie");
    }
  });

  test.each([
    "/session/refresh/x.css",
    "/session/refresh/",
    "/session/refresh;x.css",
    "/session/refresh%2fx.css",
    "/session/refresh.css",
    "//session/refresh",
    "/session//refresh",
    "/SESSION/refresh",
    "/session",
    "/session/",
    "/",
    "/session/constructor",
    "/session/__proto__",
    "/sessionrefresh",
    "/session/%72efresh",
  ])("F13: the path %s is nothing, so no cache can be deceived into keeping a token", async (path) => {
    const world = createWorld();
    const member = await world.member();
    const call = new Request(
      `https://app.example${path}`,
      request("/", { jar: member.jar, body: '{"attempt":"a"}' }),
    );
    const response = await world.server.handler(call);
    expect(response.status).toBe(404);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test("the key set may be cached, and carries no private part", async () => {
    const world = createWorld();
    const response = await world.server.handler(
      request("/session/jwks.json", { method: "GET", headers: { origin: null, "sec-fetch-site": null } }),
    );
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    const body = await response.json();
    expect(body).toEqual(world.server.jwks());
    expect(Object.keys(body.keys[0]).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  });
});
