import { describe, expect, test, vi } from "vitest";

import { createMemoryStore } from "../src/index.js";
import { createWorld, jarWith, request, signingKey } from "./world.js";

describe("the security log", () => {
  test("R-151: tells the life of a session, each moment once", async () => {
    const world = createWorld();
    const member = await world.member();
    const old = new Map(member.jar);
    await member.refresh();
    world.pass(3);
    await member.refresh({ jar: old });
    await member.refresh();
    await member.refresh({ jar: old });
    await member.refresh();
    expect(world.events.map((event) => event.type)).toEqual([
      "session-started",
      "session-refreshed",
      "grace-hit",
      "session-refreshed",
      "reuse-detected",
      "session-ended",
    ]);
    expect(world.events[2]).toMatchObject({ why: "grace", elapsedMs: 3000 });
    expect(world.events[4]).toMatchObject({ presentedGeneration: 1, currentGeneration: 3 });
    const sessions = world.events.map((event) => ("session" in event ? event.session : ""));
    expect(new Set(sessions).size).toBe(1);
    expect(sessions[0]).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test("R-150: two servers hash the same session differently, unless they share a salt", async () => {
    const store = createMemoryStore();
    const hashes = [];
    for (const options of [{}, {}, { eventSalt: "pepper" }, { eventSalt: "pepper" }]) {
      const world = createWorld({ store, ...options });
      await world
        .browser()
        .refresh({ jar: jarWith(`${"A".repeat(22)}.1.${"B".repeat(43)}.${"C".repeat(22)}`) });
      expect(world.events[0]).toMatchObject({ type: "token-refused", why: "no-record" });
      hashes.push(
        world.events[0] !== undefined && "session" in world.events[0] ? world.events[0].session : "",
      );
    }
    expect(new Set(hashes).size).toBe(3);
    expect(hashes[2]).toBe(hashes[3]);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("log down");
      },
    ],
    ["rejects", () => Promise.reject(new Error("log down"))],
    ["never settles", () => new Promise<void>(() => undefined)],
  ])("a listener that %s breaks no request", async (_, onEvent) => {
    const unhandled = vi.fn<() => void>();
    process.on("unhandledRejection", unhandled);
    const world = createWorld({ onEvent });
    const member = await world.member();
    expect((await member.refresh()).status).toBe(200);
    expect((await member.signOut()).status).toBe(204);
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test("L5 R-150: no token, key or raw session id is in any event, error answer, log line or thrown error", async () => {
    const seen: string[] = [];
    const methods = ["log", "info", "warn", "error", "debug"] as const;
    const spies = methods.map((method) =>
      vi.spyOn(console, method).mockImplementation((...args) => seen.push(args.join(" "))),
    );
    const memory = createMemoryStore();
    let broken = false;
    const world = createWorld({
      store: {
        ...memory,
        read: async (id) => {
          // A driver that quotes in its message what it was given.
          if (broken) throw new Error(`could not read ${id}`);
          return memory.read(id);
        },
      },
    });
    const secrets = new Set<string>([signingKey.d]);
    const keep = (token: string): void => {
      secrets.add(token);
      for (const part of token.split(".")) if (part.length >= 16) secrets.add(part);
    };
    const member = world.browser();
    const started = await member.signIn({ userId: "ada", user: { name: "Ada" } });
    keep(member.token());
    secrets.add(started.body.access_token);
    const old = new Map(member.jar);
    const refreshed = await member.refresh();
    keep(member.token());
    secrets.add(refreshed.body.access_token);
    await member.refresh({ jar: old });
    const problems = [await member.signOut("others", jarWith(`${member.token()}x`))];
    broken = true;
    problems.push(await member.refresh(), await member.signOut());
    const thrown = await world.server.revokeSession(started.body.session.id).catch((cause: unknown) => cause);
    broken = false;
    await member.refresh();
    problems.push(await member.refresh({ jar: old }), await member.refresh());
    await world.server.handler(request(`/session/${member.token()}`, { jar: old, body: member.token() }));
    await world.server.verify(
      request("/api", { headers: { authorization: `Bearer ${started.body.access_token}x` } }),
    );
    for (const problem of problems) seen.push(JSON.stringify(problem.body));
    seen.push(
      JSON.stringify(world.events),
      String(thrown),
      JSON.stringify(thrown),
      String((thrown as Error).stack),
    );
    spies.forEach((spy) => spy.mockRestore());
    const everything = seen.join("\n");
    expect(world.events.length).toBeGreaterThan(8);
    expect(secrets.size).toBeGreaterThan(8);
    for (const secret of secrets) expect(everything.includes(secret), secret).toBe(false);
  });
});
