import { describe, expect, test } from "vitest";

import { createWorld, readAnswer, request, type Answer, type Browser, type World } from "./world.js";

let attempts = 0;

async function extend(
  { server }: World,
  { jar, receive }: Browser,
  minutes: unknown,
  attempt = `extension-${(attempts += 1)}`,
): Promise<Answer> {
  const body = JSON.stringify({ attempt, minutes });
  const answer = await readAnswer(await server.handler(request("/session/extend", { jar, body })));
  receive(answer);
  return answer;
}

const hour = { extensionLimitSeconds: 3600 } as const;

describe("a session that is extended", () => {
  test("does not idle out before those minutes are over, and does then", async () => {
    const world = createWorld(hour);
    const ada = await world.member();
    const { status, body } = await extend(world, ada, 60);
    expect(status).toBe(200);
    expect(body.session).toMatchObject({ version: 2, idle_expires_in: 3600, expires_in: 43_200 });
    world.pass(3599);
    expect((await ada.refresh()).status).toBe(200);
    world.pass(1);
    expect((await ada.refresh()).body.reason).toBe("idle");
  });

  test("gets as much as the policy allows, and no more", async () => {
    const world = createWorld(hour);
    const ada = await world.member();
    expect((await extend(world, ada, 600)).body.session.idle_expires_in).toBe(3600);
  });

  test("R-089: ends when it would have ended", async () => {
    const world = createWorld({ extensionLimitSeconds: 86_400, absoluteLifetimeSeconds: 7200 });
    const ada = await world.member();
    world.pass(1000);
    const { body } = await extend(world, ada, 1440);
    expect(body.session).toMatchObject({ idle_expires_in: 6200, expires_in: 6200 });
    world.pass(6200);
    expect((await ada.refresh()).body.reason).toBe("expired");
  });

  test("loses nothing of what it had", async () => {
    const world = createWorld(hour);
    const ada = await world.member();
    expect((await extend(world, ada, 1)).body.session.idle_expires_in).toBe(1800);
    await extend(world, ada, 60);
    expect((await ada.refresh({ activityAge: 0 })).body.session.idle_expires_in).toBe(3600);
  });

  test("is extended once by the same attempt, whose answer was lost", async () => {
    const world = createWorld({ ...hour, graceSeconds: 0 });
    const ada = await world.member();
    const before = new Map(ada.jar);
    await extend(world, ada, 60, "once");
    world.pass(600);
    const again = world.browser();
    for (const [name, value] of before) again.jar.set(name, value);
    const { body } = await extend(world, again, 60, "once");
    expect(body.session).toMatchObject({ version: 2, idle_expires_in: 3000 });
  });

  test("does not come back once it has idled out", async () => {
    const world = createWorld(hour);
    const ada = await world.member();
    world.pass(1800);
    expect((await extend(world, ada, 60)).body).toMatchObject({ error: "session_ended", reason: "idle" });
  });
});

describe("an extension that is refused", () => {
  test("by a server without the option leaves the session as it is", async () => {
    const world = createWorld();
    const ada = await world.member();
    expect(await extend(world, ada, 60)).toMatchObject({
      status: 403,
      body: { error: "extension_refused" },
      cookies: [],
    });
    expect((await ada.refresh()).body.session).toMatchObject({ version: 2, idle_expires_in: 1800 });
  });

  test.each([undefined, null, 0, -1, 1.5, "60", 576_001])("%o minutes are none", async (minutes) => {
    const world = createWorld(hour);
    const ada = await world.member();
    expect(await extend(world, ada, minutes)).toMatchObject({
      status: 400,
      body: { error: "invalid_request" },
    });
    expect((await ada.refresh()).body.session.version).toBe(2);
  });

  test.each([-1, 1.5, 400 * 86_400 + 1, "3600"])("a limit of %o is a mistake", (limit) => {
    expect(() => createWorld({ extensionLimitSeconds: limit as number })).toThrow(/extensionLimitSeconds/);
  });
});
