import type { SessionSnapshot } from "@lockstep/core";
import { encodeRecord, type EpochRecord } from "@lockstep/core/internals";
import { decodeJwt } from "jose";
import { describe, expect, expectTypeOf, test } from "vitest";

import {
  createMemoryStore,
  type JsonObject,
  type JsonValue,
  type PageSnapshot,
  type SessionStore,
} from "../src/index.js";
import { createWorld, jarWith, request, signingKey, type Browser, type World } from "./world.js";

type Jar = ReadonlyMap<string, string>;

/** What a page shows that the server renders for a jar of cookies. */
function visit(world: World, jar: Jar, headers: Record<string, string> = {}): Promise<PageSnapshot> {
  return world.server.snapshot({ headers: request("/", { method: "GET", jar, headers }).headers });
}

/** The jar after the client wrote its record into it. */
function recorded(browser: Browser, record: Partial<Extract<EpochRecord, { status: "out" }>>): Jar {
  const sessionId = browser.token().split(".")[0] ?? "";
  const text = encodeRecord({
    epoch: 2,
    status: "out",
    sessionId,
    reason: "signed-out",
    pending: null,
    ...record,
  });
  return new Map([...browser.jar, ["__Host-lockstep-epoch", text]]);
}

const loading = { status: "loading", problem: null };

const read = (store: SessionStore): SessionStore => ({
  ...store,
  insert: () => Promise.reject(new Error("This is a write.")),
  compareAndSet: () => Promise.reject(new Error("This is a write.")),
  revokeByUser: () => Promise.reject(new Error("This is a write.")),
  deleteExpired: () => Promise.reject(new Error("This is a write.")),
});

describe("a page that the server renders", () => {
  test("is typed as the client's snapshot is", () => {
    type Shown<Status> = Extract<PageSnapshot, { readonly status: Status }>;
    type Client<Status> = Extract<SessionSnapshot<JsonObject, JsonValue>, { readonly status: Status }>;
    expectTypeOf<keyof Shown<"authenticated">>().toEqualTypeOf<keyof Client<"authenticated">>();
    expectTypeOf<Shown<"unauthenticated">>().toEqualTypeOf<Client<"unauthenticated">>();
    expectTypeOf<PageSnapshot>().toExtend<SessionSnapshot<JsonObject, JsonValue>>();
  });

  test("shows who is signed in, and the client's first answer changes nothing of it", async () => {
    const world = createWorld();
    const member = await world.member({
      user: { name: "Ada", roles: ["admin"] },
      claims: { tenant: "t1", plan: { seats: 3 } },
      acr: "urn:mfa",
      amr: ["pwd", "otp"],
      authTime: 1_700_000_000,
    });
    const shown = await visit(world, member.jar);
    world.pass(60);
    const { body } = await member.refresh();
    // What the client makes of the answer: the claims less those that change with every refresh.
    const { exp: _, iat: __, nbf: ___, jti: ____, ...claims } = decodeJwt(body.access_token);
    const { id: sessionId, auth_time: authTime, acr, expires_at: expiresAt } = body.session;
    expect(shown).toEqual({
      status: "authenticated",
      problem: null,
      sessionId,
      user: body.user,
      claims,
      authTime,
      acr,
      expiresAt,
      warning: null,
    });
    expect(claims).toMatchObject({ sub: "ada", tenant: "t1", plan: { seats: 3 }, amr: ["pwd", "otp"] });
  });

  test("shows the user as loadUser knows them now, as JSON carries them", async () => {
    const world = createWorld({ loadUser: (id) => ({ id, joined: new Date(0) }) as never });
    const member = await world.member();
    const { user } = (await visit(world, member.jar)) as Extract<PageSnapshot, { status: "authenticated" }>;
    expect(user).toEqual((await member.refresh()).body.user);
  });

  test("L2: writes nothing, so no token is used up and no visit keeps a session alive", async () => {
    const memory = createMemoryStore();
    const member = await createWorld({ store: memory }).member();
    const world = createWorld({ store: read(memory) });
    const before = await memory.read(member.token().split(".")[0] ?? "");
    world.pass(1799);
    expect(await visit(world, member.jar)).toMatchObject({ status: "authenticated" });
    world.pass(1);
    expect(await visit(world, member.jar)).toEqual({ status: "unauthenticated", reason: "idle" });
    expect(await memory.read(before?.id ?? "")).toBe(before);
    expect(world.events).toEqual([]);
  });

  test("L5: holds no token, no key and no hash", async () => {
    const world = createWorld();
    const member = await world.member();
    await member.refresh();
    const record = await world.store.read(member.token().split(".")[0] ?? "");
    const text = JSON.stringify(await visit(world, member.jar));
    const [, , secret = "", tag = ""] = member.token().split(".");
    for (const hidden of [secret, tag, record!.familyKey, record!.currentHash, record!.predecessor!.hash])
      expect(text).not.toContain(hidden);
    expect(Object.keys(JSON.parse(text))).toHaveLength(9);
  });

  test("takes a whole request as well", async () => {
    const world = createWorld();
    const { jar } = await world.member();
    expect(await world.server.snapshot(request("/", { method: "GET", jar }))).toMatchObject({
      status: "authenticated",
    });
  });
});

describe("a visitor", () => {
  test("without cookies is signed out", async () => {
    const world = createWorld();
    expect(await visit(world, new Map())).toEqual({ status: "unauthenticated", reason: "no-session" });
  });

  test("L4: who follows a link of another site may be signed in: Strict cookies stay behind", async () => {
    const cross = { "sec-fetch-site": "cross-site" };
    expect(await visit(createWorld(), new Map(), cross)).toEqual(loading);
    expect(await visit(createWorld({ sameSite: "Lax" }), new Map(), cross)).toMatchObject({
      status: "unauthenticated",
    });
  });

  test.each([
    ["absolute", 43_200, "expired"],
    ["idle", 1800, "idle"],
  ])("R-095: learns of the %s time-out to the second", async (_, seconds, reason) => {
    const world = createWorld(reason === "expired" ? { idleLifetimeSeconds: 43_200 } : {});
    const { jar } = await world.member();
    world.pass(seconds - 1);
    expect(await visit(world, jar)).toMatchObject({ status: "authenticated" });
    world.pass(1);
    expect(await visit(world, jar)).toEqual({ status: "unauthenticated", reason });
  });

  test("L3: is not greeted after the session was ended elsewhere, and is told why", async () => {
    const world = createWorld();
    const [phone, laptop, other] = [await world.member(), await world.member(), await world.member()];
    await phone.signOut("others");
    expect(await visit(world, laptop.jar)).toEqual({
      status: "unauthenticated",
      reason: "signed-out-elsewhere",
    });
    expect(await visit(world, other.jar)).toMatchObject({ status: "unauthenticated" });
    await world.server.revokeUser("ada");
    expect(await visit(world, phone.jar)).toEqual({ status: "unauthenticated", reason: "revoked" });
  });

  test.each([
    { pending: "this" as const },
    { pending: "all" as const, sessionId: null },
    { pending: null, reason: "idle" as const },
  ])("L3: is not greeted after a sign-out that the server has not heard of: %o", async (record) => {
    const world = createWorld();
    const member = await world.member();
    const { reason = "signed-out" } = record;
    expect(await visit(world, recorded(member, record))).toEqual({ status: "unauthenticated", reason });
  });

  test("is told again why the session ended, as long as the client remembers", async () => {
    const world = createWorld();
    const jar = recorded(world.browser(), { sessionId: "gone", reason: "expired" });
    expect(await visit(world, jar)).toEqual({ status: "unauthenticated", reason: "expired" });
  });

  test("L9: who signed in since the client remembers an end is signed in", async () => {
    const world = createWorld();
    const member = await world.member();
    for (const record of [{ sessionId: "another", pending: "this" as const }, { sessionId: null }])
      expect(await visit(world, recorded(member, record))).toMatchObject({ status: "authenticated" });
  });

  test.each(["", "1~2~.id~bored~-", "2~2~-~signed-out~all", "1~2~.id", "1~2~.id~constructor~-"])(
    "is not signed out by rubbish in the client's record: %s",
    async (text) => {
      const world = createWorld();
      const { jar } = await world.member();
      const own = text.replace(".id", `.${jar.get("__Host-lockstep")?.split(".")[0]}`);
      expect(await visit(world, new Map([...jar, ["__Host-lockstep-epoch", own]]))).toMatchObject({
        status: "authenticated",
      });
    },
  );
});

describe("a refresh token", () => {
  test("R-085: that was just replaced still shows the user, as long as a refresh would take it", async () => {
    const world = createWorld({ graceSeconds: 30 });
    const member = await world.member();
    const predecessor = jarWith(member.token());
    await member.refresh();
    world.pass(30);
    expect(await visit(world, predecessor)).toMatchObject({ status: "authenticated" });
    world.pass(1);
    expect(await visit(world, predecessor)).toEqual(loading);
  });

  test("that was replaced is for a refresh to judge on a strict server: its answer may have been lost", async () => {
    const world = createWorld({ graceSeconds: 0 });
    const member = await world.member();
    const predecessor = jarWith(member.token());
    await member.refresh();
    expect(await visit(world, predecessor)).toEqual(loading);
  });

  test("R-083: of an older generation shows nobody, and ends nothing", async () => {
    const world = createWorld();
    const member = await world.member();
    const old = jarWith(member.token());
    await member.refresh();
    await member.refresh();
    expect(await visit(world, old)).toEqual(loading);
    expect((await member.refresh()).status).toBe(200);
  });

  test.each([
    ["forged", (token: string) => token.replace(/.{22}$/, "C".repeat(22))],
    ["with another generation", (token: string) => token.replace(/\.1\./, ".2.")],
    ["of a session that nobody knows", (token: string) => token.replace(/^.{22}/, "A".repeat(22))],
    ["without its form", () => "rubbish"],
  ])("%s shows nobody", async (_, change) => {
    const world = createWorld();
    const member = await world.member();
    expect(await visit(world, jarWith(change(member.token())))).toEqual({
      status: "unauthenticated",
      reason: "no-session",
    });
    expect((await member.refresh()).status).toBe(200);
  });

  test("that is there twice is for nobody to choose", async () => {
    const world = createWorld();
    const [ada, eve] = [await world.member(), await world.member({ userId: "eve" })];
    const cookie = [ada, eve].map((each) => `__Host-lockstep=${each.token()}`).join("; ");
    expect(await visit(world, new Map(), { cookie })).toEqual(loading);
  });
});

describe("trouble at the server", () => {
  test("L4: a store that fails makes nobody signed out", async () => {
    let isDown = false;
    const memory = createMemoryStore();
    const world = createWorld({
      store: {
        ...memory,
        read: (id) => (isDown ? Promise.reject(new Error("down")) : memory.read(id)),
      },
    });
    const { jar } = await world.member();
    isDown = true;
    expect(await visit(world, jar)).toEqual(loading);
    expect(world.events.map(({ type }) => type)).toContain("dependency-failed");
    isDown = false;
    expect(await visit(world, jar)).toMatchObject({ status: "authenticated" });
  });

  test("L4: a user who cannot be loaded is neither shown nor signed out", async () => {
    let isDown = false;
    const world = createWorld({
      loadUser: () => (isDown ? Promise.reject(new Error("down")) : { name: "Ada" }),
    });
    const { jar } = await world.member();
    isDown = true;
    expect(await visit(world, jar)).toEqual(loading);
  });
});

describe("in development", () => {
  const origin = "http://localhost:3000";
  const signingKeys = [signingKey];

  async function signInAt(world: World, url: string): Promise<Headers> {
    const response = await world.server.start(
      new Request(`${url}/login`, { method: "POST", headers: { origin: url } }),
      { userId: "ada" },
    );
    const cookie = response.headers.getSetCookie().map((text) => text.split(";")[0]);
    return new Headers({ cookie: cookie.join("; ") });
  }

  test.each([origin, "https://localhost:3000"])("R-106: a page at %s knows the user", async (url) => {
    const world = createWorld({ development: true, signingKeys });
    const headers = await signInAt(world, url);
    expect(await world.server.snapshot({ headers, url })).toMatchObject({ status: "authenticated" });
    expect(await world.server.snapshot({ headers })).toMatchObject({ status: "authenticated" });
  });

  test("R-100: a cookie that any subdomain can plant counts for nothing on https", async () => {
    const world = createWorld({ development: true, signingKeys });
    const headers = await signInAt(world, origin);
    const planted = { headers, url: "https://app.example/" };
    expect(await world.server.snapshot(planted)).toMatchObject({ status: "unauthenticated" });
    const production = createWorld({ store: world.store });
    expect(await production.server.snapshot({ headers, url: origin })).toMatchObject({
      status: "unauthenticated",
    });
  });

  test("publicOrigin says how the page came where the request does not", async () => {
    const world = createWorld({ development: true, signingKeys, publicOrigin: "https://app.example" });
    const headers = await signInAt(createWorld({ development: true, store: world.store }), origin);
    expect(await world.server.snapshot({ headers, url: origin })).toMatchObject({
      status: "unauthenticated",
    });
  });
});
