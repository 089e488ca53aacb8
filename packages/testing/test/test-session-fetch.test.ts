import { createTestSession } from "@lockstep/testing";
import { describe, expect, it } from "vitest";
import { ada, signedIn } from "./signed-in.js";

describe("session.fetch", () => {
  const url = "http://localhost/api/orders";

  it("reaches the backend's API with the token", async () => {
    const { session } = await signedIn();
    const response = await session.fetch(url);
    expect(await response.json()).toEqual({ user: ada });
  });

  it("is refused there while nobody is signed in", async () => {
    const { session } = createTestSession();
    const response = await session.fetch(url);
    expect([response.status, response.headers.get("WWW-Authenticate")]).toEqual([401, "Bearer"]);
  });

  it("R-032: a token that is good for nothing is refused there by name", async () => {
    const { backend } = createTestSession();
    const response = await backend.fetch(url, { headers: { Authorization: "Bearer forged" } });
    expect(response.headers.get("WWW-Authenticate")).toBe('Bearer error="invalid_token"');
  });

  it("asks once more with a new token where the old one is refused", async () => {
    const { session, backend, clock } = await signedIn();
    await clock.advance(60_000);
    backend.refuseTokens();
    expect((await session.fetch(url)).status).toBe(200);
    expect(backend.refreshes).toHaveLength(2);
  });

  it.each([
    [true, 200],
    [false, 401],
  ])("a POST is sent again, unless replayUnsafe is false: %s, %d", async (replayUnsafe, status) => {
    const { session, backend, clock } = await signedIn({ replayUnsafe });
    await clock.advance(60_000);
    backend.refuseTokens();
    expect((await session.fetch(url, { method: "POST" })).status).toBe(status);
  });

  it("goes to the test's own fetch, with the token to the page's origin and the audience only (L8)", async () => {
    const seen: (string | null)[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      seen.push(new Request(input, init).headers.get("Authorization"));
      return new Response();
    };
    const { session } = await signedIn({
      fetch,
      origin: "https://app.example",
      audience: ["https://api.example"],
    });
    for (const each of ["https://app.example/a", "https://api.example/b", "https://other.example/c"])
      await session.fetch(each);
    const token = `Bearer ${await session.getAccessToken()}`;
    expect(seen).toEqual([token, token, null]);
  });
});
