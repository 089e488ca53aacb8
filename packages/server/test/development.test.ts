import { describe, expect, test } from "vitest";

import { createWorld, request, type RequestParts } from "./world.js";

async function startAt(origin: string, overrides: object = { development: true }) {
  const world = createWorld(overrides);
  const parts: RequestParts = { origin, headers: { origin } };
  return { world, response: await world.server.start(request("/login", parts), { userId: "ada" }) };
}

describe("plain http", () => {
  test.each(["http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:3000", "http://app.localhost"])(
    "R-106: development mode serves %s with cookies that every browser keeps there",
    async (origin) => {
      const { world, response } = await startAt(origin);
      const cookies = response.headers.getSetCookie();
      expect(cookies[0]).toMatch(/^lockstep=[^;]+; Path=\/; Max-Age=5400; HttpOnly; SameSite=Strict$/);
      expect(cookies[1]).toMatch(/^lockstep-version=[^;]+\.1; Path=\/; Max-Age=5400; SameSite=Strict$/);
      const jar = new Map([["lockstep", /=([^;]+)/.exec(cookies[0] ?? "")?.[1] ?? ""]]);
      const body = '{"scope":"this"}';
      const out = await world.server.handler(
        request("/session/sign-out", { origin, headers: { origin }, jar, body }),
      );
      expect(out.headers.getSetCookie()[0]).toBe("lockstep=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    },
  );

  test.each([
    "http://app.example",
    "http://192.168.0.4:3000",
    "http://localhost.evil.example",
    "http://127.0.0.2",
    "http://evil-localhost",
  ])("development mode refuses %s", async (origin) => {
    const { response } = await startAt(origin);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: "insecure_transport" });
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test("development mode over https makes production cookies", async () => {
    const { response } = await startAt("https://localhost:3000");
    expect(response.headers.getSetCookie()[0]).toMatch(/^__Host-lockstep=.*Secure/);
  });

  test("production refuses plain http at every endpoint, on localhost too, and says what to do", async () => {
    const origin = "http://localhost:3000";
    const { world, response } = await startAt(origin, {});
    const calls = [
      request("/session/refresh", { origin, headers: { origin }, body: '{"attempt":"a"}' }),
      request("/session/sign-out", { origin, headers: { origin }, body: "{}" }),
      request("/session/jwks.json", { origin, method: "GET", headers: { origin } }),
      request("/session/refresh", { origin, method: "OPTIONS", headers: { origin } }),
    ];
    const responses = [response, ...(await Promise.all(calls.map((call) => world.server.handler(call))))];
    for (const refused of responses) {
      expect(refused.status).toBe(400);
      const body = await refused.json();
      expect(body.error).toBe("insecure_transport");
      expect(body.error_description).toMatch(/publicOrigin.*development: true/);
    }
  });
});
