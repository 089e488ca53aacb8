import { describe, expect, test } from "vitest";

import type { AuthenticationDemand, Verification } from "../src/index.js";
import { createWorld, request, type World } from "./world.js";

const start = Date.UTC(2026, 0, 1) / 1000;

/** What an API answers somebody who signed in at `start` and asks so many seconds later. */
async function ask(
  demand: AuthenticationDemand,
  { acr, after = 0 }: { readonly acr?: string; readonly after?: number } = {},
): Promise<Verification> {
  const world: World = createWorld();
  const { body } = await world.browser().signIn({ userId: "ada", authTime: start, ...(acr && { acr }) });
  world.pass(after);
  const headers = { authorization: `Bearer ${body.access_token}` };
  return world.server.verify(request("/api", { headers }), demand);
}

async function refusalOf(verification: Verification): Promise<{ challenge: string | null; body: unknown }> {
  if (verification.ok) throw new Error("It was let pass.");
  const { response } = verification;
  expect(response.status).toBe(401);
  return { challenge: response.headers.get("www-authenticate"), body: await response.json() };
}

describe("R-120: verify asks for a better authentication, in the words of RFC 9470", () => {
  test("names what is wanted, the preferred class first", async () => {
    const verification = await ask({ maxAge: 60, acr: ["urn:passkey", "urn:mfa"] }, { after: 61 });
    expect(await refusalOf(verification)).toEqual({
      challenge:
        'Bearer error="insufficient_user_authentication", ' +
        'error_description="A more recent or a stronger authentication is needed", ' +
        'acr_values="urn:passkey urn:mfa", max_age="60", realm="https://api.example"',
      body: {
        error: "insufficient_user_authentication",
        error_description: "A more recent or a stronger authentication is needed.",
      },
    });
  });

  test("names nothing that was not asked for", async () => {
    const old = await refusalOf(await ask({ maxAge: 0 }, { after: 1 }));
    expect(old.challenge).toContain('max_age="0"');
    expect(old.challenge).not.toContain("acr_values");
    const weak = await refusalOf(await ask({ acr: "urn:mfa" }));
    expect(weak.challenge).toContain('acr_values="urn:mfa"');
    expect(weak.challenge).not.toContain("max_age");
  });

  test.each<[string, AuthenticationDemand, { acr?: string; after?: number }, boolean]>([
    ["to the second young enough", { maxAge: 60 }, { after: 60 }, true],
    ["a second too old", { maxAge: 60 }, { after: 61 }, false],
    ["just now, for a demand of now", { maxAge: 0 }, {}, true],
    ["the one class", { acr: "urn:mfa" }, { acr: "urn:mfa" }, true],
    ["a class that will do as well", { acr: ["urn:passkey", "urn:mfa"] }, { acr: "urn:mfa" }, true],
    ["another class", { acr: "urn:mfa" }, { acr: "urn:password" }, false],
    ["a class that contains the name", { acr: "urn:mfa" }, { acr: "urn:mfa2" }, false],
    ["no class", { acr: "urn:mfa" }, {}, false],
    ["strong enough, and too old", { acr: "urn:mfa", maxAge: 60 }, { acr: "urn:mfa", after: 61 }, false],
    ["young enough, and too weak", { acr: "urn:mfa", maxAge: 60 }, { after: 1 }, false],
    ["nothing is demanded", {}, { after: 200 }, true],
  ])("%s", async (_, demand, session, expected) => {
    expect((await ask(demand, session)).ok).toBe(expected);
  });

  test("a token that is no good is told so, and not to step up", async () => {
    const world = createWorld();
    const forged = request("/api", { headers: { authorization: "Bearer nonsense" } });
    const { challenge } = await refusalOf(await world.server.verify(forged, { maxAge: 0 }));
    expect(challenge).toContain('error="invalid_token"');
    const { challenge: absent } = await refusalOf(await world.server.verify(request("/api"), { maxAge: 0 }));
    expect(absent).toBe('Bearer realm="https://api.example"');
  });

  test.each<[string, AuthenticationDemand]>([
    ["maxAge", { maxAge: -1 }],
    ["maxAge", { maxAge: 1.5 }],
    ["maxAge", { maxAge: Number.NaN }],
    ["maxAge", { maxAge: "60" as unknown as number }],
    ["acr", { acr: "" }],
    ["acr", { acr: [] }],
    ["acr", { acr: "urn:mfa urn:passkey" }],
    ["acr", { acr: 'urn:"mfa"' }],
    ["acr", { acr: 2 as unknown as string }],
    ["acr", { acr: [2] as unknown as string[] }],
  ])("a demand that is none throws: %s of %o", async (argument, demand) => {
    await expect(ask(demand)).rejects.toMatchObject({
      name: "ServerConfigError",
      code: "invalid_argument",
      message: expect.stringContaining(argument),
    });
  });
});
