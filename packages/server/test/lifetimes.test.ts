import { describe, expect, test } from "vitest";

import { createWorld } from "./world.js";

describe("lifetimes", () => {
  test("idle: a session without activity ends so long after the last one, though the page goes on refreshing", async () => {
    const world = createWorld();
    const member = await world.member();
    for (let minute = 5; minute < 30; minute += 5) {
      world.pass(300);
      const { body } = await member.refresh();
      expect(body.session.idle_expires_in).toBe(1800 - minute * 60);
    }
    world.pass(300);
    expect((await member.refresh()).body).toMatchObject({ error: "session_ended", reason: "idle" });
    expect(member.jar.size).toBe(0);
  });

  test("L10: reported activity moves the idle deadline, from when it happened", async () => {
    const world = createWorld();
    const member = await world.member();
    world.pass(600);
    expect((await member.refresh({ activityAge: 60 })).body.session.idle_expires_in).toBe(1740);
    expect((await member.refresh({ activityAge: 700 })).body.session.idle_expires_in).toBe(1740);
  });

  test("a replay moves no deadline", async () => {
    const world = createWorld();
    const member = await world.member();
    const old = new Map(member.jar);
    await member.refresh();
    world.pass(20);
    expect((await member.refresh({ jar: old, activityAge: 0 })).body.session.idle_expires_in).toBe(1780);
  });

  test("R-089: the absolute end comes on time, whatever the activity", async () => {
    const world = createWorld();
    const member = await world.member();
    for (let hour = 0; hour < 12 * 4; hour += 1) {
      const { body } = await member.refresh({ activityAge: 0 });
      expect(body.session.expires_in).toBe(43_200 - hour * 900);
      world.pass(900);
    }
    expect((await member.refresh({ activityAge: 0 })).body.reason).toBe("expired");
  });

  test("activity that is reported after the idle deadline revives nothing", async () => {
    const world = createWorld();
    const member = await world.member();
    world.pass(1800);
    expect((await member.refresh({ activityAge: 600 })).body.reason).toBe("idle");
  });

  test("an end is final: a node whose clock is behind does not revive what another one ended", async () => {
    const world = createWorld();
    const member = await world.member();
    const jar = new Map(member.jar);
    world.pass(1800);
    await member.refresh();
    world.pass(-60);
    expect((await member.refresh({ jar })).body.reason).toBe("idle");
    expect(world.events.filter((event) => event.type === "session-ended")).toHaveLength(1);
  });
});
