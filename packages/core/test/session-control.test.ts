/** The list of the user's sessions, and an end to one of them. */
import { describe, expect, it } from "vitest";
import { createTestSession } from "@lockstep/testing";

const other = "B".repeat(22);

type Respond = (request: Request) => Response | Promise<Response>;

/** A session of ada's, before an endpoint that `respond` plays. */
async function open(respond: Respond) {
  const requests: Request[] = [];
  const test = createTestSession({
    user: "ada",
    fetch: async (input, init) => {
      const request = new Request(input, init);
      requests.push(request);
      return respond(request);
    },
  });
  await test.session.ready();
  return { ...test, requests };
}

const wire = {
  id: other,
  current: false,
  device: { browser: "Firefox 140", os: "Linux", kind: "desktop" },
  address: "192.0.2.7",
  location: "Lisbon",
  signed_in_at: 1_800_000_000,
  last_used_at: 1_800_000_060,
  auth_time: 1_800_000_000,
};

describe("session.sessions.list()", () => {
  it("tells the user's sessions in milliseconds", async () => {
    const { session, requests } = await open(() => Response.json({ sessions: [wire] }));
    expect(await session.sessions.list()).toEqual([
      {
        id: other,
        current: false,
        device: { browser: "Firefox 140", os: "Linux", kind: "desktop" },
        address: "192.0.2.7",
        location: "Lisbon",
        signedInAt: 1_800_000_000_000,
        lastUsedAt: 1_800_000_060_000,
      },
    ]);
    const [request] = requests;
    expect(`${request?.method} ${request?.url}`).toBe("GET http://localhost/session/sessions");
    expect(request?.headers.get("lockstep-protocol")).toBe("1");
    expect(request?.headers.get("authorization")).toBe(`Bearer ${await session.getAccessToken()}`);
    expect(request?.redirect).toBe("error");
    expect(request?.cache).toBe("no-store");
  });

  it.each<[string, Respond, string, number | undefined]>([
    ["no network", () => Promise.reject(new TypeError("Failed to fetch")), "network", undefined],
    ["too many", () => new Response("", { status: 429 }), "rate-limited", 429],
    ["a server in trouble", () => new Response("", { status: 503 }), "unavailable", 503],
    ["a refusal", () => new Response("", { status: 403 }), "refused", 403],
    ["a page", () => new Response("<html>"), "bad-answer", undefined],
    ["other JSON", () => Response.json({ sessions: {} }), "bad-answer", undefined],
    ["nothing in the list", () => Response.json({ sessions: [null] }), "bad-answer", undefined],
    [
      "a session without its device",
      () => Response.json({ sessions: [{ ...wire, device: null }] }),
      "bad-answer",
      undefined,
    ],
    [
      "no moment",
      () => Response.json({ sessions: [{ ...wire, last_used_at: "now" }] }),
      "bad-answer",
      undefined,
    ],
  ])("%s is told by its code", async (_, respond, code, status) => {
    const { session } = await open(respond);
    const error: unknown = await session.sessions.list().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "SessionError", code, ...(status && { status }) });
    expect(session.getSnapshot().status).toBe("authenticated");
  });

  it("is for somebody who is signed in: nothing is sent without a token", async () => {
    const { session, requests } = await open(() => new Response());
    await session.signOut();
    await expect(session.sessions.list()).rejects.toMatchObject({ code: "unauthenticated" });
    expect(requests).toEqual([]);
  });

  it("does not want the endpoint in the audience, and takes the token nowhere else (L8)", async () => {
    const { session, requests } = await open(() => Response.json({ sessions: [] }));
    await session.sessions.list();
    await session.fetch("http://elsewhere.example/");
    expect(requests.map(({ headers }) => headers.has("authorization"))).toEqual([true, false]);
  });
});

describe("session.sessions.revoke()", () => {
  it("ends the one that is named", async () => {
    const { session, requests } = await open(() => new Response(null, { status: 204 }));
    await session.sessions.revoke(other);
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `DELETE http://localhost/session/sessions/${other}`,
    ]);
    expect(session.getSnapshot().status).toBe("authenticated");
  });

  it("of one that is over already is no error", async () => {
    const { session } = await open(() => new Response(null, { status: 404 }));
    await expect(session.sessions.revoke(other)).resolves.toBeUndefined();
  });

  it("of this one is a sign-out, in all tabs", async () => {
    const { session, openTab, requests } = await open(() => new Response());
    const second = openTab();
    await second.session.ready();
    const now = session.getSnapshot();
    await session.sessions.revoke(now.status === "authenticated" ? now.sessionId : "");
    expect(session.getSnapshot()).toEqual({ status: "unauthenticated", reason: "signed-out" });
    expect(second.session.getSnapshot().status).toBe("unauthenticated");
    expect(requests).toEqual([]);
  });

  it.each(["", "../sign-out", "a/b", 5 as never, undefined as never])(
    "%o is no id, and nothing is sent",
    async (id) => {
      const { session, requests } = await open(() => new Response());
      await expect(session.sessions.revoke(id)).rejects.toMatchObject({ code: "invalid-option" });
      expect(requests).toEqual([]);
    },
  );

  it("has the user step up where the server wants that", async () => {
    let steps = 0;
    const challenge = 'Bearer error="insufficient_user_authentication", max_age="60"';
    const { session, clock } = createTestSession({
      user: "ada",
      latencyMs: 10,
      stepUp: () => {
        steps += 1;
        return {};
      },
      fetch: async () =>
        steps === 0
          ? new Response("", { status: 401, headers: { "www-authenticate": challenge } })
          : new Response(null, { status: 204 }),
    });
    const ready = session.ready();
    await clock.advance(100);
    await ready;
    const revoked = session.sessions.revoke(other);
    await clock.advance(1_000);
    await revoked;
    expect(steps).toBe(1);
  });
});
