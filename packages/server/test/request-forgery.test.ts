import { describe, expect, test } from "vitest";

import { createWorld, ORIGIN, request, type Browser, type RequestParts, type World } from "./world.js";

async function attack(world: World, victim: Browser, parts: RequestParts, path = "/session/refresh") {
  const body = path.endsWith("refresh") ? '{"attempt":"forged"}' : '{"scope":"all"}';
  return world.server.handler(request(path, { jar: victim.jar, body, ...parts }));
}

/** The session did not notice: its token is still the current one (the servers here are strict, so that shows). */
async function expectUntouched(victim: Browser): Promise<void> {
  expect((await victim.refresh()).body.session.version).toBe(2);
}

const foreign: readonly (readonly [string, RequestParts])[] = [
  [
    "F2: a cross-site fetch with credentials",
    { headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" } },
  ],
  [
    "F2: a cross-site fetch of a browser without Fetch Metadata",
    { headers: { origin: "https://evil.example", "sec-fetch-site": null } },
  ],
  [
    "F3: a sibling subdomain",
    { headers: { origin: "https://blog.app.example", "sec-fetch-site": "same-site" } },
  ],
  [
    "F3: another port of the same host",
    { headers: { origin: `${ORIGIN}:8443`, "sec-fetch-site": "same-site" } },
  ],
  ["F3: the plain http twin", { headers: { origin: "http://app.example", "sec-fetch-site": "cross-site" } }],
  [
    "F3: an origin that ends alike",
    { headers: { origin: "https://evilapp.example", "sec-fetch-site": null } },
  ],
  [
    "F2: a cross-site request without an Origin",
    { headers: { origin: null, "sec-fetch-site": "cross-site" } },
  ],
  ["F3: a same-site request without an Origin", { headers: { origin: null, "sec-fetch-site": "same-site" } }],
  ["F4: neither Origin nor Sec-Fetch-Site", { headers: { origin: null, "sec-fetch-site": null } }],
  [
    "F4: an unknown Sec-Fetch-Site and no Origin",
    { headers: { origin: null, "sec-fetch-site": "same-planet" } },
  ],
  ["F4: Origin null of a sandbox or a redirect", { headers: { origin: "null", "sec-fetch-site": null } }],
  ["F4: Origin null that claims to be same-origin", { headers: { origin: "null" } }],
  ["F4: a navigation that the user typed", { headers: { origin: null, "sec-fetch-site": "none" } }],
  ["F4: two origins in one header", { headers: { origin: `${ORIGIN}, https://evil.example` } }],
  ["R-110: no protocol header", { headers: { "lockstep-protocol": null } }],
  ["R-110: a protocol header of another value", { headers: { "lockstep-protocol": "1.0" } }],
  [
    "F14: forwarded headers that claim the origin",
    {
      headers: {
        origin: "https://evil.example",
        "sec-fetch-site": null,
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "https",
        forwarded: "host=evil.example",
      },
    },
  ],
];

describe("requests that another site caused", () => {
  test.each(foreign)(
    "%s is refused by every endpoint that changes something, without a trace",
    async (_, parts) => {
      const world = createWorld({ graceSeconds: 0 });
      const victim = await world.member();
      for (const path of ["/session/refresh", "/session/sign-out"]) {
        const response = await attack(world, victim, parts, path);
        expect(response.status).toBe(403);
        expect(await response.json()).toMatchObject({ error: "request_forgery" });
        expect(response.headers.getSetCookie()).toEqual([]);
        expect(response.headers.has("access-control-allow-origin")).toBe(false);
      }
      await expectUntouched(victim);
    },
  );

  test.each([
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/json-seq",
    "",
  ])("F1: a body of type %s, which a form could send, is refused", async (type) => {
    const world = createWorld({ graceSeconds: 0 });
    const victim = await world.member();
    const response = await attack(world, victim, { headers: { "content-type": type } });
    expect(response.status).toBe(415);
    await expectUntouched(victim);
  });

  test("F1: a plain form post fails before its type is looked at: it cannot carry the protocol header", async () => {
    const world = createWorld({ graceSeconds: 0 });
    const victim = await world.member();
    const headers = { "content-type": "text/plain", "lockstep-protocol": null };
    expect((await attack(world, victim, { headers })).status).toBe(403);
  });

  test.each(["GET", "HEAD", "PUT", "PATCH", "DELETE"])(
    "F6: %s changes nothing and is told what is allowed",
    async (method) => {
      const world = createWorld({ graceSeconds: 0 });
      const victim = await world.member();
      for (const path of ["/session/refresh", "/session/sign-out"]) {
        const { body: _, ...bodiless } = { jar: victim.jar, method, body: "" };
        const response = await world.server.handler(request(path, bodiless));
        expect(response.status).toBe(405);
        expect(response.headers.get("allow")).toBe("POST, OPTIONS");
      }
      await expectUntouched(victim);
    },
  );

  test.each([
    ["Origin alone (a browser without Fetch Metadata)", { "sec-fetch-site": null }],
    ["Sec-Fetch-Site alone", { origin: null }],
    ["an unknown Sec-Fetch-Site and the right Origin", { "sec-fetch-site": "same-planet" }],
    ["a content type with parameters", { "content-type": "Application/JSON; charset=utf-8" }],
    ["no content type", { "content-type": null }],
  ])("R-111: the page's own request with %s is let through", async (_, headers) => {
    const world = createWorld({ graceSeconds: 0 });
    const member = await world.member();
    const bytes = new TextEncoder().encode('{"attempt":"own"}');
    const own = request("/session/refresh", { jar: member.jar, headers });
    const sent = new Request(own, { body: bytes, method: "POST" });
    expect((await world.server.handler(sent)).status).toBe(200);
  });

  test("F14: behind a proxy `publicOrigin` settles what the same origin is, not what the proxy forwards", async () => {
    const world = createWorld({ publicOrigin: "https://public.example" });
    const headers = { origin: "https://public.example" };
    const started = await world.server.start(request("/login", { origin: "http://10.0.0.7:3000", headers }), {
      userId: "ada",
    });
    expect(started.status).toBe(200);
    expect(started.headers.getSetCookie()[0]).toMatch(/^__Host-.*Secure/);
    const internal = { origin: "http://10.0.0.7:3000", headers: { origin: "http://10.0.0.7:3000" } };
    expect((await world.server.start(request("/login", internal), { userId: "ada" })).status).toBe(403);
  });

  test("F5 R-114: another site cannot sign its own user in: start obeys the same origin rules", async () => {
    for (const headers of [
      { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
      { origin: null, "sec-fetch-site": null },
      { origin: "null" },
    ]) {
      const world = createWorld({ graceSeconds: 0 });
      const response = await world.server.start(request("/login", { headers }), { userId: "eve" });
      expect(response.status).toBe(403);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(await world.store.listByUser("eve")).toEqual([]);
    }
  });

  test("F5: start asks for no protocol header and no content type, so that a login form of the page itself can post", async () => {
    const world = createWorld({ graceSeconds: 0 });
    const headers = { "lockstep-protocol": null, "content-type": "application/x-www-form-urlencoded" };
    expect(
      (await world.server.start(request("/login", { headers, body: "u=ada" }), { userId: "ada" })).status,
    ).toBe(200);
  });
});
