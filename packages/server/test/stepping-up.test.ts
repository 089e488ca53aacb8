import { describe, expect, test } from "vitest";

import { createMemoryStore, type Proof, type SessionServerOptions, type SessionStore } from "../src/index.js";
import { createWorld, readAnswer, request, type Answer, type Browser, type World } from "./world.js";

const passkey: Proof = { acr: "urn:passkey", amr: ["hwk"] };

/** A server that takes the password "lovelace". */
function worldWith(
  prove: () => Proof | null | Promise<Proof | null> = () => passkey,
  options: Partial<SessionServerOptions> = {},
): World {
  return createWorld({
    stepUp: async (sent) =>
      ((await sent.json()) as { password: string }).password === "lovelace" ? prove() : null,
    ...options,
  });
}

async function stepUp({ server }: World, { jar, receive }: Browser, password = "lovelace"): Promise<Answer> {
  const body = JSON.stringify({ password });
  const answer = await readAnswer(await server.handler(request("/session/step-up", { jar, body })));
  receive(answer);
  return answer;
}

describe("R-091, R-122: a user who proves again who they are", () => {
  test("gets a session with a new id, of the level that was proved, up to the same hard end", async () => {
    const world = worldWith();
    const ada = await world.member({ user: { name: "Ada" }, claims: { role: "admin" } });
    const former = ada.token().split(".")[0];
    world.pass(600);
    const { status, body } = await stepUp(world, ada);
    expect(status).toBe(200);
    expect(body.session).toEqual({
      id: expect.stringMatching(/^[\w-]{22}$/),
      version: 1,
      auth_time: world.clock.now / 1000,
      acr: "urn:passkey",
      idle_expires_in: 1800,
      idle_timeout: 1800,
      expires_in: 43_200 - 600,
      expires_at: world.clock.now / 1000 + 43_200 - 600,
    });
    expect(body.session.id).not.toBe(former);
    expect(body.user).toEqual({ name: "Ada" });
    const api = request("/api", { headers: { authorization: `Bearer ${body.access_token}` } });
    const check = await world.server.verify(api, { maxAge: 0, acr: "urn:passkey", checkRevocation: true });
    expect(check).toMatchObject({ ok: true, session: { userId: "ada", claims: { role: "admin" } } });
    expect((await ada.refresh()).body.session).toMatchObject({ acr: "urn:passkey", version: 2 });
  });

  test("ends the session it replaces, without clearing the cookies of the new one", async () => {
    const world = worldWith();
    const ada = await world.member();
    const before = new Map(ada.jar);
    await stepUp(world, ada);
    const late = await world.browser().refresh({ jar: before });
    expect(late.body).toMatchObject({ error: "session_ended", reason: "signed-out" });
    expect(late.cookies).toEqual([]);
    expect(world.events.filter(({ type }) => type === "session-renewed")).toMatchObject([
      { userId: "ada", acr: "urn:passkey" },
    ]);
    expect(world.events.filter(({ type }) => type === "session-ended")).toMatchObject([
      { reason: "replaced" },
    ]);
  });

  test("has what this proof proved, not what an earlier one did", async () => {
    const world = worldWith(() => ({}));
    const ada = await world.member({ acr: "urn:passkey", amr: ["hwk"] });
    const { body } = await stepUp(world, ada);
    expect(body.session).not.toHaveProperty("acr");
  });

  test("is known to the application by the session, not by what the body claims", async () => {
    const seen: unknown[] = [];
    const world = createWorld({
      stepUp: (_, session) => {
        seen.push(session);
        return null;
      },
    });
    const ada = await world.member();
    await stepUp(world, ada);
    expect(seen).toEqual([{ userId: "ada", sessionId: ada.token().split(".")[0] }]);
  });
});

describe("a proof that fails changes nothing", () => {
  test("a wrong password is a 403, is logged, and costs neither session nor cookies", async () => {
    const world = worldWith();
    const ada = await world.member();
    const answer = await stepUp(world, ada, "byron");
    expect(answer).toMatchObject({ status: 403, body: { error: "access_denied" }, cookies: [] });
    expect(world.events.at(-2)).toMatchObject({ type: "step-up-denied" });
    expect((await ada.refresh()).body.session.version).toBe(2);
  });

  test("a check that is down is a 503", async () => {
    const world = worldWith(() => Promise.reject(new Error("The directory is down.")));
    const ada = await world.member();
    expect(await stepUp(world, ada)).toMatchObject({ status: 503, cookies: [] });
    expect((await ada.refresh()).status).toBe(200);
  });

  test.each([
    ["another site's request", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
    ["a form's", { "lockstep-protocol": null }],
  ])("%s is refused before anything is checked (R-110)", async (_, headers) => {
    const world = worldWith(() => {
      throw new Error("It was checked.");
    });
    const { jar } = await world.member();
    const body = JSON.stringify({ password: "lovelace" });
    const answer = await world.server.handler(request("/session/step-up", { jar, body, headers }));
    expect(answer.status).toBe(403);
  });

  test("without the option there is no such endpoint", async () => {
    const world = createWorld();
    expect((await stepUp(world, await world.member())).status).toBe(404);
  });

  test("nobody who is signed out steps up", async () => {
    const world = worldWith();
    expect((await stepUp(world, world.browser())).body).toMatchObject({ reason: "no-session" });
    const ada = await world.member();
    await world.server.revokeUser("ada");
    expect((await stepUp(world, ada)).body).toMatchObject({ error: "session_ended", reason: "revoked" });
  });

  test("a token that was replaced twice is a conflict, not reuse", async () => {
    const world = worldWith();
    const ada = await world.member();
    const before = new Map(ada.jar);
    await ada.refresh();
    await ada.refresh();
    const late = world.browser();
    for (const [name, value] of before) late.jar.set(name, value);
    expect(await stepUp(world, late)).toMatchObject({ status: 409, body: { error: "conflict" } });
    expect((await ada.refresh()).status).toBe(200);
  });
});

describe("R-093: what happens to the session while its user proves who they are", () => {
  test("a refresh meanwhile is no obstacle", async () => {
    const world = worldWith(async () => {
      await ada.refresh();
      return passkey;
    });
    const ada = await world.member();
    expect((await stepUp(world, ada)).body.session.acr).toBe("urn:passkey");
    expect(await world.store.listByUser("ada")).toHaveLength(1);
  });

  test("a revocation meanwhile wins", async () => {
    const world = worldWith(async () => {
      await world.server.revokeUser("ada");
      return passkey;
    });
    const ada = await world.member();
    expect((await stepUp(world, ada)).body).toMatchObject({ reason: "revoked" });
    expect(await world.store.listByUser("ada")).toEqual([]);
  });

  test("a revocation of this session in the very moment of its replacement wins, too", async () => {
    const memory = createMemoryStore();
    let armed = false;
    const store: SessionStore = {
      ...memory,
      async insert(record) {
        await memory.insert(record);
        if (!armed) return;
        armed = false;
        await world.server.revokeSession(former);
      },
    };
    const world = worldWith(undefined, { store });
    const ada = await world.member();
    const former = ada.token().split(".")[0] ?? "";
    armed = true;
    expect((await stepUp(world, ada)).body).toMatchObject({ reason: "revoked" });
    expect(await memory.listByUser("ada")).toEqual([]);
  });
});
