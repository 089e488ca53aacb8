import { describe, expect, test } from "vitest";

import { createMemoryStore, type SessionServerOptions, type SessionStore } from "../src/index.js";
import { createWorld, request, type Answer, type Browser, type World } from "./world.js";

const agents = {
  firefox: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  iphone:
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
  chrome:
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
} as const;

type Headers = Readonly<Record<string, string | null>>;

interface Device {
  readonly browser: Browser;
  readonly id: string;
  readonly bearer: Headers;
}

/** Signs in from a device with such headers. */
async function from(world: World, headers: Headers = {}, userId = "ada"): Promise<Device> {
  const browser = world.browser();
  const response = await world.server.start(request("/login", { headers }), { userId });
  const body = (await response.json()) as Answer["body"];
  for (const cookie of response.headers.getSetCookie()) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    browser.jar.set(name, value);
  }
  return { browser, id: body.session.id, bearer: { authorization: `Bearer ${body.access_token}` } };
}

async function list({ server }: World, headers: Headers): Promise<{ status: number; sessions: unknown[] }> {
  const response = await server.handler(request("/session/sessions", { method: "GET", headers }));
  const { sessions } = (await response.json()) as { sessions: unknown[] };
  return { status: response.status, sessions };
}

function revoke({ server }: World, id: string, headers: Headers, jar?: Browser["jar"]): Promise<Response> {
  const parts = { method: "DELETE", headers, ...(jar && { jar }) };
  return server.handler(request(`/session/sessions/${id}`, parts));
}

const located: Partial<SessionServerOptions> = {
  clientAddress: (asked) => asked.headers.get("x-test-address"),
  locate: async (address) => (address === "192.0.2.1" ? "Lisbon, Portugal" : null),
};

describe("the list of a user's sessions", () => {
  test("tells devices apart, the last used one first, and which one asks", async () => {
    const world = createWorld(located);
    const phone = await from(world, { "user-agent": agents.iphone, "x-test-address": "192.0.2.1" });
    world.pass(60);
    const laptop = await from(world, { "user-agent": agents.firefox, "x-test-address": "192.0.2.7" });
    await from(world, { "user-agent": agents.chrome }, "eve");
    world.pass(60);
    await phone.browser.refresh();
    const now = world.clock.now / 1000;
    expect(await list(world, laptop.bearer)).toEqual({
      status: 200,
      sessions: [
        {
          id: phone.id,
          current: false,
          device: { browser: null, os: null, kind: null },
          address: null,
          location: null,
          signed_in_at: now - 120,
          last_used_at: now,
          auth_time: now - 120,
        },
        {
          id: laptop.id,
          current: true,
          device: { browser: "Firefox 140", os: "Linux", kind: "desktop" },
          address: "192.0.2.7",
          location: null,
          signed_in_at: now - 60,
          last_used_at: now - 60,
          auth_time: now - 60,
        },
      ],
    });
  });

  test.each<[string, Headers, unknown]>([
    ["a phone", { "user-agent": agents.iphone }, { browser: "Safari 18", os: "iOS", kind: "mobile" }],
    [
      "a browser that only its hints tell from another",
      {
        "user-agent": agents.chrome,
        "sec-ch-ua": '"Chromium";v="124", "Brave";v="124", "Not-A.Brand";v="99"',
        "sec-ch-ua-platform": '"Windows"',
        "sec-ch-ua-mobile": "?0",
      },
      { browser: "Brave 124", os: "Windows", kind: "desktop" },
    ],
    [
      "hints that are none",
      {
        "user-agent": agents.chrome,
        "sec-ch-ua": '"Brave',
        "sec-ch-ua-mobile": "yes",
        "sec-ch-ua-platform": "(",
      },
      { browser: "Chrome 124", os: "Windows", kind: "desktop" },
    ],
    ["a program", { "user-agent": "curl/8.1" }, { browser: null, os: null, kind: null }],
    ["an agent of any length", { "user-agent": "x".repeat(9000) }, { browser: null, os: null, kind: null }],
    ["nothing said", {}, { browser: null, os: null, kind: null }],
  ])("makes out %s", async (_, headers, device) => {
    const world = createWorld();
    const { bearer } = await from(world, headers);
    expect((await list(world, bearer)).sessions).toMatchObject([{ device }]);
  });

  test("keeps no more of a header than a browser has to say", async () => {
    const world = createWorld();
    const { id } = await from(world, { "user-agent": "x".repeat(9000) });
    expect((await world.store.read(id))?.lastUse?.visitor.userAgent).toHaveLength(512);
  });

  test("tells where, as the locator puts it; one that fails costs the place alone", async () => {
    const world = createWorld({
      ...located,
      locate: (address) => (address === "192.0.2.1" ? "Lisbon" : Promise.reject(new Error("No such range."))),
    });
    const { bearer } = await from(world, { "x-test-address": "192.0.2.1" });
    await from(world, { "x-test-address": "192.0.2.2" });
    const { sessions } = await list(world, bearer);
    expect(sessions).toMatchObject([
      { address: "192.0.2.1", location: "Lisbon" },
      { address: "192.0.2.2", location: null },
    ]);
  });

  test("does not believe headers that anybody can send (R-117)", async () => {
    const world = createWorld();
    const { bearer } = await from(world, { "x-forwarded-for": "192.0.2.1", forwarded: "for=192.0.2.1" });
    expect((await list(world, bearer)).sessions).toMatchObject([{ address: null, location: null }]);
  });

  test("has no session that is over, by sign-out or by the clock", async () => {
    const world = createWorld();
    await from(world);
    const { browser } = await from(world);
    await browser.signOut();
    world.pass(1700);
    const { bearer } = await from(world);
    world.pass(100);
    expect((await list(world, bearer)).sessions).toHaveLength(1);
  });

  test("names no secret", async () => {
    const world = createWorld();
    const { browser, bearer } = await from(world);
    const record = await world.store.read(browser.token().split(".")[0] ?? "");
    const text = JSON.stringify(await list(world, bearer));
    for (const secret of [record?.familyKey, record?.currentHash, ...browser.token().split(".").slice(2)])
      expect(text).not.toContain(secret);
  });

  test.each<[string, Headers, number]>([
    ["no token", {}, 401],
    ["another's word for a token", { authorization: "Bearer nonsense" }, 401],
    ["no protocol header", { "lockstep-protocol": null }, 403],
  ])("is told to nobody with %s", async (_, headers, status) => {
    const world = createWorld();
    const { bearer } = await from(world);
    const sent = status === 403 ? { ...bearer, ...headers } : headers;
    const asked = request("/session/sessions", { method: "GET", headers: sent });
    expect((await world.server.handler(asked)).status).toBe(status);
  });

  test("R-112: is told to a GET of the own origin, which carries no Origin", async () => {
    const world = createWorld();
    const { bearer } = await from(world);
    const bare = { ...bearer, origin: null, "sec-fetch-site": null };
    expect((await list(world, bare)).status).toBe(200);
  });

  test("is told to no token of a session that was revoked, young as it may be", async () => {
    const world = createWorld();
    const { bearer, id } = await from(world);
    await world.server.revokeSession(id);
    const asked = request("/session/sessions", { method: "GET", headers: bearer });
    expect((await world.server.handler(asked)).status).toBe(401);
  });

  test("is there for the server's own pages, too", async () => {
    const world = createWorld();
    const { id } = await from(world, { "user-agent": agents.firefox });
    const [session] = await world.server.listSessions("ada");
    expect(session).toMatchObject({ id, device: { browser: "Firefox 140" }, lastUsedAt: world.clock.now });
    await expect(world.server.listSessions("")).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("revoking one of them", () => {
  test("ends it at once, and no other", async () => {
    const world = createWorld();
    const [phone, laptop] = [await from(world), await from(world)];
    const answer = await revoke(world, phone.id, laptop.bearer, laptop.browser.jar);
    expect(answer.status).toBe(204);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect((await phone.browser.refresh()).body).toMatchObject({ error: "session_ended", reason: "revoked" });
    expect((await laptop.browser.refresh()).status).toBe(200);
    const api = request("/api", { headers: phone.bearer });
    expect((await world.server.verify(api, { checkRevocation: true })).ok).toBe(false);
    expect((await revoke(world, phone.id, laptop.bearer)).status).toBe(404);
  });

  test("one's own is a sign-out", async () => {
    const world = createWorld({ revocationMaxAgeSeconds: 60 });
    const { id, bearer, browser } = await from(world);
    world.pass(200);
    const answer = await revoke(world, id, bearer, browser.jar);
    expect(answer.status).toBe(204);
    expect(answer.headers.getSetCookie()).toHaveLength(2);
    expect((await browser.refresh()).body.reason).toBe("signed-out");
  });

  test("another user's is not there", async () => {
    const world = createWorld();
    const [ada, eve] = [await from(world), await from(world, {}, "eve")];
    const answer = await revoke(world, ada.id, eve.bearer);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe(await (await revoke(world, "A".repeat(22), eve.bearer)).text());
    expect((await ada.browser.refresh()).status).toBe(200);
  });

  test("ASVS 7.5.2: asks who signed in long ago to step up, where the policy says so", async () => {
    const world = createWorld({ revocationMaxAgeSeconds: 60 });
    const [phone, laptop] = [await from(world), await from(world)];
    world.pass(61);
    const answer = await revoke(world, phone.id, laptop.bearer);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toContain(
      'error="insufficient_user_authentication", error_description="A more recent or a stronger authentication is needed", max_age="60"',
    );
    expect((await phone.browser.refresh()).status).toBe(200);
    const again = await from(world);
    expect((await revoke(world, phone.id, again.bearer)).status).toBe(204);
  });

  test("ASVS 7.5.2: ending all others asks for it too, and leaving everywhere does not", async () => {
    const world = createWorld({ revocationMaxAgeSeconds: 60 });
    const [phone, laptop] = [await from(world), await from(world)];
    const leave = (scope: string): Promise<Response> =>
      world.server.handler(
        request("/session/sign-out", { jar: laptop.browser.jar, body: JSON.stringify({ scope }) }),
      );
    world.pass(61);
    const answer = await leave("others");
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toContain('max_age="60"');
    expect(await answer.json()).toMatchObject({ error: "insufficient_user_authentication" });
    expect((await phone.browser.refresh()).status).toBe(200);
    expect((await leave("all")).status).toBe(204);
    expect((await phone.browser.refresh()).status).toBe(401);
  });

  test.each<[string, Headers, number]>([
    ["another site's", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }, 403],
    ["a form's", { "lockstep-protocol": null }, 403],
    ["nobody's", { authorization: null }, 401],
  ])("%s request revokes nothing (R-110)", async (_, headers, status) => {
    const world = createWorld();
    const [phone, laptop] = [await from(world), await from(world)];
    expect((await revoke(world, phone.id, { ...laptop.bearer, ...headers })).status).toBe(status);
    expect((await phone.browser.refresh()).status).toBe(200);
  });

  test.each(["short", "A".repeat(23), `${"A".repeat(22)}/x`, `${"A".repeat(21)}.`])(
    "%s is no endpoint",
    async (id) => {
      const world = createWorld();
      const { bearer } = await from(world);
      expect((await revoke(world, id, bearer)).status).toBe(404);
    },
  );

  test("with the store down is a 503, and revokes nothing", async () => {
    const memory = createMemoryStore();
    let isDown = false;
    const store: SessionStore = {
      ...memory,
      compareAndSet: (...call) =>
        isDown ? Promise.reject(new Error("Down.")) : memory.compareAndSet(...call),
    };
    const world = createWorld({ store });
    const [phone, laptop] = [await from(world), await from(world)];
    isDown = true;
    expect((await revoke(world, phone.id, laptop.bearer)).status).toBe(503);
    isDown = false;
    expect((await phone.browser.refresh()).status).toBe(200);
  });

  test("may be asked for from an allowed origin (CORS)", async () => {
    const world = createWorld({ allowedOrigins: ["https://other.example"] });
    const headers = { origin: "https://other.example" };
    const preflight = request(`/session/sessions/${"A".repeat(22)}`, { method: "OPTIONS", headers });
    const answer = await world.server.handler(preflight);
    expect(answer.headers.get("access-control-allow-methods")).toBe("DELETE");
    expect(answer.headers.get("access-control-allow-headers")).toContain("authorization");
  });
});
