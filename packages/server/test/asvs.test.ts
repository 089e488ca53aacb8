/** What the ASVS asks of all endpoints together, and of all tokens. The other tests that show it are named in SECURITY.md. */
import { describe, expect, test, vi } from "vitest";

import { createMemoryStore, generateSigningKey } from "../src/index.js";
import { createWorld, readAnswer, request, type Answer, type Browser, type World } from "./world.js";

type Headers = Readonly<Record<string, string | null>>;

/** A strict server with every endpoint that there is. Any proof will do. */
function fullWorld(): World {
  return createWorld({
    stepUp: () => ({ acr: "urn:passkey" }),
    extensionLimitSeconds: 3600,
    graceSeconds: 0,
  });
}

const idOf = (browser: Browser): string => browser.token().split(".")[0] ?? "";

/** Puts the cookies of a response into the jar, and leaves its body to be read again. */
async function keep(browser: Browser, response: Response): Promise<Answer> {
  const answer = await readAnswer(response.clone());
  browser.receive(answer);
  return answer;
}

interface NamedResponse {
  readonly name: string;
  readonly response: Response;
}

/** Everything that a server answers to somebody who is signed in, in one go. */
async function allAnswers(world: World): Promise<readonly NamedResponse[]> {
  const other = await world.member();
  const browser = world.browser();
  const { jar } = browser;
  const first = await world.server.start(request("/login"), { userId: "ada", user: { name: "Ada" } });
  const { body } = await keep(browser, first);
  const headers = { authorization: `Bearer ${body.access_token}` };
  const send = (method: string, path: string, content?: unknown): Promise<Response> =>
    world.server.handler(
      request(path, {
        jar,
        method,
        headers,
        ...(content !== undefined && { body: JSON.stringify(content) }),
      }),
    );
  const calls: readonly (readonly [string, () => Promise<Response>])[] = [
    ["a refresh", () => send("POST", "/session/refresh", { attempt: "a" })],
    ["a refresh that makes no sense", () => send("POST", "/session/refresh", "?")],
    ["an extension", () => send("POST", "/session/extend", { attempt: "b", minutes: 60 })],
    ["the list of sessions", () => send("GET", "/session/sessions")],
    ["a revocation", () => send("DELETE", `/session/sessions/${idOf(other)}`)],
    ["the key set", () => send("GET", "/session/jwks.json")],
    ["a preflight that is refused", () => send("OPTIONS", "/session/refresh")],
    ["no endpoint", () => send("GET", "/session/nothing")],
    ["a method that is not allowed", () => send("GET", "/session/refresh")],
    ["a step-up", () => send("POST", "/session/step-up", { password: "lovelace" })],
    [
      "a change of password",
      () => world.server.credentialsChanged(request("/password", { jar }), { userId: "ada" }),
    ],
    ["an API without a token", () => refusal(world)],
    ["a sign-out", () => send("POST", "/session/sign-out", { scope: "this" })],
    ["a refresh after it", () => send("POST", "/session/refresh", { attempt: "c" })],
  ];
  const answers: NamedResponse[] = [{ name: "a sign-in", response: first }];
  for (const [name, call] of calls) {
    const response = await call();
    await keep(browser, response);
    answers.push({ name, response });
  }
  return answers;
}

async function refusal({ server }: World): Promise<Response> {
  const verification = await server.verify(request("/api"));
  if (verification.ok) throw new Error("Nobody asked for a token.");
  return verification.response;
}

describe("every answer", () => {
  test("ASVS 3.4.4, 3.4.5, 3.5.8: is nosniff, sends no referrer and is for its own origin, the key set too", async () => {
    const answers = await allAnswers(fullWorld());
    expect(answers.map(({ response }) => response.status)).toEqual([
      200, 200, 400, 200, 200, 204, 200, 403, 404, 405, 200, 200, 401, 204, 401,
    ]);
    for (const { name, response } of answers) {
      expect(response.headers.get("x-content-type-options"), name).toBe("nosniff");
      expect(response.headers.get("referrer-policy"), name).toBe("no-referrer");
      expect(response.headers.get("cross-origin-resource-policy"), name).toBe("same-origin");
    }
  });

  test("ASVS 3.4.3, 3.4.6, 3.4.8, 3.7.2: is JSON or nothing: no document, and no redirect", async () => {
    for (const { name, response } of await allAnswers(fullWorld())) {
      const type = response.headers.get("content-type");
      const expected = response.status === 204 ? /^$/ : /^application\/(jwk-set\+)?json$/;
      expect(type ?? "", name).toMatch(expected);
      const policy = "default-src 'none'; frame-ancestors 'none'";
      expect(response.headers.get("content-security-policy"), name).toBe(policy);
      expect(response.status < 300 || response.status >= 400, name).toBe(true);
      for (const header of ["location", "refresh"]) expect(response.headers.has(header), name).toBe(false);
    }
  });

  test("ASVS 3.3.4, 10.1.1: has the refresh token in its HttpOnly cookie, and nowhere else", async () => {
    let granted = 0;
    for (const { name, response } of await allAnswers(fullWorld())) {
      const [cookie = "", ...otherCookies] = response.headers.getSetCookie();
      const [, token = ""] = /^__Host-lockstep=([^;]+); .*; HttpOnly; /.exec(cookie) ?? [];
      if (token !== "") granted += 1;
      response.headers.delete("set-cookie");
      const rest = [...otherCookies, JSON.stringify([...response.headers]), await response.text()].join("\n");
      for (const secret of token.split(".").slice(2)) expect(rest.includes(secret), name).toBe(false);
      expect(rest, name).not.toMatch(/refresh.?token/i);
    }
    expect(granted).toBe(5);
  });
});

describe("ASVS 3.5.1, 3.5.2, 3.5.3: every endpoint that changes something", () => {
  const endpoints = [
    ["POST", () => "/session/refresh"],
    ["POST", () => "/session/sign-out"],
    ["POST", () => "/session/extend"],
    ["POST", () => "/session/step-up"],
    ["DELETE", (other: Browser) => `/session/sessions/${idOf(other)}`],
  ] as const;

  /** Sends what the page itself would send, but for `parts`. */
  async function send(
    [usual, pathTo]: (typeof endpoints)[number],
    parts: { method?: string; headers?: Headers },
  ) {
    const world = fullWorld();
    const [victim, other] = [await world.member(), await world.member()];
    const { body } = await world.browser().signIn({ userId: "ada" });
    const { method = usual } = parts;
    const headers = { authorization: `Bearer ${body.access_token}`, ...parts.headers };
    const content = JSON.stringify({ attempt: "forged", scope: "all", minutes: 60 });
    const asked = { jar: victim.jar, method, headers, ...(method === "POST" && { body: content }) };
    const { status } = await world.server.handler(request(pathTo(other), asked));
    const isUntouched = async (browser: Browser) => (await browser.refresh()).body.session?.version === 2;
    return { status, untouched: (await isUntouched(victim)) && (await isUntouched(other)) };
  }

  test.each<[string, Headers, number]>([
    ["another site", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }, 403],
    ["a sibling subdomain", { origin: "https://blog.app.example", "sec-fetch-site": "same-site" }, 403],
    ["nobody knows where", { origin: null, "sec-fetch-site": null }, 403],
    ["a form", { "lockstep-protocol": null, "content-type": "text/plain" }, 403],
    ["a script that need not ask first", { "content-type": "text/plain" }, 415],
  ])("takes nothing from %s", async (_, headers, status) => {
    for (const endpoint of endpoints)
      expect(await send(endpoint, { headers })).toEqual({ status, untouched: true });
  });

  test.each(["GET", "HEAD"])("takes no %s", async (method) => {
    for (const endpoint of endpoints)
      expect(await send(endpoint, { method })).toEqual({ status: 405, untouched: true });
  });

  test("takes the page's own request, and then something has changed", async () => {
    for (const endpoint of endpoints) {
      const { status, untouched } = await send(endpoint, {});
      expect([200, 204]).toContain(status);
      expect(untouched).toBe(false);
    }
  });
});

test("ASVS 7.2.3: session ids and refresh tokens are the platform's strong random bytes, 128 and 256 bits, none twice", async () => {
  const drawn = new Set<string>();
  const draw = crypto.getRandomValues.bind(crypto);
  const spy = vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
    const filled = draw(array);
    drawn.add(Buffer.from(filled as Uint8Array).toString("base64url"));
    return filled;
  });
  const world = createWorld();
  const secrets = new Set<string>();
  const count = 200;
  for (let index = 0; index < count; index += 1) {
    const [id = "", , secret = ""] = (await world.member({ userId: `user-${index}` })).token().split(".");
    expect(drawn.has(id) && Buffer.from(id, "base64url").length === 16, id).toBe(true);
    expect(drawn.has(secret) && Buffer.from(secret, "base64url").length === 32).toBe(true);
    secrets.add(id).add(secret);
  }
  spy.mockRestore();
  expect(secrets.size).toBe(2 * count);
});

test("ASVS 7.4.1: a token from just before the end works for its own lifetime at most, and not where revocation is checked", async () => {
  const world = createWorld();
  const member = await world.member();
  world.pass(1799);
  const { body } = await member.refresh();
  const check = async (checkRevocation: boolean): Promise<boolean> => {
    const api = request("/api", { headers: { authorization: `Bearer ${body.access_token}` } });
    return (await world.server.verify(api, { checkRevocation })).ok;
  };
  expect([await check(false), await check(true)]).toEqual([true, true]);
  world.pass(1);
  expect([await check(false), await check(true)]).toEqual([true, false]);
  world.pass(299);
  expect([await check(false), await check(true)]).toEqual([false, false]);
});

test("ASVS 7.4.5: with its store emptied and its key replaced a server knows none of its users any more", async () => {
  const before = createWorld();
  const members = [await before.member(), await before.member({ userId: "eve" })];
  const { body } = await before.browser().signIn({ userId: "ada" });
  const after = createWorld({ store: createMemoryStore(), signingKeys: [await generateSigningKey()] });
  for (const { jar } of members)
    expect((await after.browser().refresh({ jar })).body).toMatchObject({
      error: "session_ended",
      reason: "no-session",
    });
  const api = request("/api", { headers: { authorization: `Bearer ${body.access_token}` } });
  expect((await before.server.verify(api)).ok).toBe(true);
  expect((await after.server.verify(api)).ok).toBe(false);
});
