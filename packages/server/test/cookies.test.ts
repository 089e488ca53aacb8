import { describe, expect, test } from "vitest";

import { createWorld, request } from "./world.js";

const SESSION_ID = "[A-Za-z0-9_-]{22}";
const TOKEN = `${SESSION_ID}\\.\\d+\\.[A-Za-z0-9_-]{43}\\.[A-Za-z0-9_-]{22}`;

describe("the two cookies", () => {
  test("R-100: are exactly these, the refresh cookie first and the version cookie last", async () => {
    const world = createWorld();
    const { cookies } = await world.browser().signIn({ userId: "ada" });
    expect(cookies).toHaveLength(2);
    expect(cookies[0]).toMatch(
      new RegExp(`^__Host-lockstep=${TOKEN}; Path=/; Max-Age=5400; HttpOnly; Secure; SameSite=Strict$`),
    );
    expect(cookies[1]).toMatch(
      new RegExp(
        `^__Host-lockstep-version=${SESSION_ID}\\.1; Path=/; Max-Age=5400; Secure; SameSite=Strict$`,
      ),
    );
  });

  test("R-072: are cleared with the very attributes they were set with", async () => {
    const world = createWorld();
    const { cookies } = await (await world.member()).signOut();
    expect(cookies).toEqual([
      "__Host-lockstep=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict",
      "__Host-lockstep-version=; Path=/; Max-Age=0; Secure; SameSite=Strict",
    ]);
  });

  test.each([
    ["Lax", "SameSite=Lax"],
    ["None", "SameSite=None; Partitioned"],
  ] as const)("R-105: with sameSite %s end in %s, set or cleared", async (sameSite, ending) => {
    const world = createWorld({ sameSite, cookieName: "acme" });
    const member = world.browser();
    const { cookies } = await member.signIn({ userId: "ada" });
    const cleared = (await member.signOut()).cookies;
    for (const cookie of [...cookies, ...cleared]) expect(cookie.endsWith(`Secure; ${ending}`)).toBe(true);
    expect(cookies[0]).toMatch(/^__Host-acme=/);
    expect(cookies[1]).toMatch(/^__Host-acme-version=/);
  });

  test("R-089: outlive the nearer of both deadlines by an hour, in which the server says how the session ended", async () => {
    const world = createWorld({ idleLifetimeSeconds: 1000, absoluteLifetimeSeconds: 1500 });
    const member = await world.member();
    world.pass(400);
    expect((await member.refresh()).cookies[0]).toContain("Max-Age=4200;");
    expect((await member.refresh({ activityAge: 0 })).cookies[0]).toContain("Max-Age=4600;");
    world.pass(900);
    expect((await member.refresh({ activityAge: 0 })).cookies[1]).toContain("Max-Age=3800;");
  });

  test("R-104: are far below 4096 bytes, and never outlive 400 days", async () => {
    const days = 400 * 86_400;
    const world = createWorld({ idleLifetimeSeconds: days, absoluteLifetimeSeconds: days });
    const { cookies } = await world.browser().signIn({ userId: "x".repeat(255) });
    expect(cookies[0]).toContain(`Max-Age=${days};`);
    expect(cookies.every((cookie) => cookie.length < 300)).toBe(true);
  });

  test("F7: a cookie that is there twice is refused, whichever is genuine, and nobody's session suffers", async () => {
    const world = createWorld({ graceSeconds: 0 });
    const member = await world.member();
    const genuine = `__Host-lockstep=${member.token()}`;
    for (const cookie of [
      `${genuine}; __Host-lockstep=planted`,
      `__Host-lockstep=planted; ${genuine}`,
      `${genuine}; ${genuine}`,
    ]) {
      for (const path of ["/session/refresh", "/session/sign-out"]) {
        const body = path.endsWith("refresh") ? '{"attempt":"a"}' : '{"scope":"this"}';
        const response = await world.server.handler(request(path, { headers: { cookie }, body }));
        expect(response.status).toBe(400);
        expect(response.headers.getSetCookie()).toEqual([]);
      }
      expect(
        (await world.server.start(request("/login", { headers: { cookie } }), { userId: "ada" })).status,
      ).toBe(400);
    }
    expect((await member.refresh()).body.session.version).toBe(2);
  });

  test("F7: a planted cookie without the prefix is not even looked at", async () => {
    const world = createWorld();
    const member = await world.member();
    const planted = new Map([["lockstep", "evil"], ["__host-lockstep", "evil"], ...member.jar]);
    expect((await member.refresh({ jar: planted })).status).toBe(200);
  });

  test("F8: a browser that evicted the refresh cookie is told so once, cleanly, and the version cookie goes too", async () => {
    const world = createWorld();
    const member = await world.member();
    member.jar.delete("__Host-lockstep");
    const answer = await member.refresh();
    expect(answer.body).toMatchObject({ error: "session_ended", reason: "no-session" });
    expect(member.jar.size).toBe(0);
    expect((await member.refresh()).cookies).toEqual([]);
  });

  test("a cookie that is no token at all is cleared", async () => {
    const world = createWorld();
    const browser = world.browser();
    browser.jar.set("__Host-lockstep", "garbage");
    expect((await browser.refresh()).body.reason).toBe("no-session");
    expect(browser.jar.size).toBe(0);
    expect((await browser.signOut()).status).toBe(204);
  });

  test("a lost race never clears cookies: the late refresh of a replaced session leaves the new one alone", async () => {
    const world = createWorld();
    const member = await world.member();
    const old = new Map(member.jar);
    await member.signIn({ userId: "ada" });
    const late = await member.refresh({ jar: old });
    expect(late.body.reason).toBe("signed-out");
    expect(late.cookies).toEqual([]);
    expect((await member.refresh()).status).toBe(200);
  });
});
