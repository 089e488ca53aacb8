import { describe, expect, test } from "vitest";

import { createMemoryStore, type SessionStore } from "../src/index.js";
import { createWorld, readAnswer, request, type Answer, type Browser, type World } from "./world.js";

/** The application's own endpoint, after it stored the new password. */
async function change({ server }: World, browser: Browser, userId = "ada"): Promise<Answer> {
  const asked = request("/password", { jar: browser.jar });
  const answer = await readAnswer(await server.credentialsChanged(asked, { userId, acr: "urn:password" }));
  browser.receive(answer);
  return answer;
}

describe("R-091, R-092: a change of password", () => {
  test("ends the user's sessions in all other browsers, and nobody else's", async () => {
    const world = createWorld();
    const [here, phone, tablet] = [await world.member(), await world.member(), await world.member()];
    const eve = await world.member({ userId: "eve" });
    await change(world, here);
    for (const browser of [phone, tablet])
      expect((await browser.refresh()).body).toMatchObject({ error: "session_ended", reason: "revoked" });
    expect((await eve.refresh()).status).toBe(200);
    expect((await here.refresh()).status).toBe(200);
  });

  test("gives the session that asked a new id, and the proof of this moment", async () => {
    const world = createWorld();
    const here = await world.member();
    const before = new Map(here.jar);
    world.pass(60);
    const { status, body } = await change(world, here);
    expect(status).toBe(200);
    expect(body.session).toMatchObject({
      version: 1,
      acr: "urn:password",
      auth_time: world.clock.now / 1000,
    });
    expect(body.session.id).not.toBe(before.get("__Host-lockstep")?.split(".")[0]);
    const former = await world.browser().refresh({ jar: before });
    expect(former).toMatchObject({ body: { reason: "signed-out" }, cookies: [] });
  });

  test("made without a session, or with another user's, ends all of them", async () => {
    const world = createWorld();
    const [ada, eve] = [await world.member(), await world.member({ userId: "eve" })];
    expect(await change(world, eve)).toMatchObject({ status: 204, cookies: [] });
    expect((await ada.refresh()).body.reason).toBe("revoked");
    expect((await eve.refresh()).status).toBe(200);
    await world.member();
    expect((await change(world, world.browser())).status).toBe(204);
    expect(await world.store.listByUser("ada")).toEqual([]);
  });

  test("keeps the session that asked when the store fails half-way, and has ended the others", async () => {
    const memory = createMemoryStore();
    let isDown = false;
    const store: SessionStore = {
      ...memory,
      insert: (record) => (isDown ? Promise.reject(new Error("The disk is full.")) : memory.insert(record)),
    };
    const world = createWorld({ store });
    const [here, phone] = [await world.member(), await world.member()];
    isDown = true;
    expect(await change(world, here)).toMatchObject({ status: 503, cookies: [] });
    expect((await phone.refresh()).body.reason).toBe("revoked");
    expect((await here.refresh()).status).toBe(200);
  });

  test("another site's request changes nothing (R-110)", async () => {
    const world = createWorld();
    const [here, phone] = [await world.member(), await world.member()];
    const headers = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    const asked = request("/password", { jar: here.jar, headers });
    expect((await world.server.credentialsChanged(asked, { userId: "ada" })).status).toBe(403);
    expect((await phone.refresh()).status).toBe(200);
  });

  test.each([{ userId: "" }, { userId: "ada", acr: "" }, { userId: "ada", authTime: -1 }])(
    "%o throws, and ends nothing",
    async (wrong) => {
      const world = createWorld();
      const here = await world.member();
      const asked = world.server.credentialsChanged(request("/password", { jar: here.jar }), wrong);
      await expect(asked).rejects.toMatchObject({ code: "invalid_argument" });
      expect((await here.refresh()).status).toBe(200);
    },
  );
});
