import { describe, expect, it, vi } from "vitest";
import { settle } from "@lockstep/testing";
import { describeConformance, transportConformance } from "@lockstep/testing/conformance";
import { createFetchTransport, type FetchTransportOptions } from "../../src/adapters/fetch-transport.js";
import { createLockstepBackend } from "../../src/backends/lockstep.js";
import { createIdentityReader, readLifetimeMs } from "../../src/backends/token-reader.js";
import { grantBody, jsonResponse, textResponse } from "../support/answers.js";
import { polluted } from "../support/polluted.js";

const identify = createIdentityReader(undefined);
const backend = createLockstepBackend({ readIdentity: identify, readLifetimeMs, wall: () => 0 });

function open(answer: () => unknown, options: Partial<FetchTransportOptions> = {}) {
  const fetch = vi.fn<(url: unknown, init?: RequestInit) => Promise<Response>>(
    async () => (await answer()) as Response,
  );
  const transport = createFetchTransport({
    endpoint: "https://app.example/session",
    isSameOrigin: true,
    fetch,
    backend,
    identify,
    ...options,
  });
  return { transport, fetch };
}

const ended = () => jsonResponse({ error: "session_ended", reason: "no-session" }, 401);
const offline = (): never => {
  throw new TypeError("Failed to fetch");
};

describeConformance(
  { describe, it },
  "the transport over fetch",
  transportConformance((mood) => {
    const { transport } = open(() => jsonResponse(grantBody));
    const answers = {
      works: null,
      ended,
      busy: () => textResponse("<h1>busy</h1>", 503),
      unreachable: offline,
    };
    const answer = answers[mood];
    if (answer !== null) return { transport: open(answer).transport, settle };
    const signOut = open(() => new Response(null, { status: 204 })).transport.signOut;
    return { transport: { ...transport, signOut }, settle };
  }),
);

/** The members of an options bag as the platform reads them: inherited ones, too. */
function read(init: RequestInit | undefined, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, init?.[name as keyof RequestInit]]));
}

describe("R-013: what is sent to the session endpoint", () => {
  const members = [
    "method",
    "mode",
    "credentials",
    "cache",
    "redirect",
    "referrerPolicy",
    "keepalive",
    "signal",
  ];

  it("a refresh on the own origin", async () => {
    const { transport, fetch } = open(() => jsonResponse(grantBody));
    await transport.refresh("attempt-1", 61_999, null);
    const [url, init] = fetch.mock.calls[0] ?? [];
    expect(fetch).toHaveBeenCalledOnce();
    expect(url).toBe("https://app.example/session/refresh");
    expect(read(init, members)).toEqual({
      method: "POST",
      mode: "same-origin",
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "same-origin",
      keepalive: true,
      signal: null,
    });
    expect(Object.fromEntries(new Headers(init?.headers))).toEqual({
      "content-type": "application/json",
      accept: "application/json",
      "lockstep-protocol": "1",
    });
    expect(init?.body).toBe('{"attempt":"attempt-1","activity_age":61}');
  });

  it("a refresh on another origin takes credentials along, by CORS", async () => {
    const { transport, fetch } = open(() => jsonResponse(grantBody), { isSameOrigin: false });
    await transport.refresh("attempt-1", null, null);
    const [, init] = fetch.mock.calls[0] ?? [];
    expect(read(init, members)).toMatchObject({
      mode: "cors",
      credentials: "include",
      redirect: "error",
      keepalive: true,
    });
    expect(init?.body).toBe('{"attempt":"attempt-1"}');
  });

  it.each(["this", "others", "all"] as const)("a sign-out of scope %s", async (scope) => {
    const { transport, fetch } = open(() => new Response(null, { status: 204 }));
    expect(await transport.signOut(scope)).toEqual({ kind: "done" });
    const [url, init] = fetch.mock.calls[0] ?? [];
    expect(url).toBe("https://app.example/session/sign-out");
    expect(init?.body).toBe(JSON.stringify({ scope }));
    expect(read(init, members)).toMatchObject({
      method: "POST",
      keepalive: true,
      redirect: "error",
      signal: null,
    });
  });

  it("P7: its body stays far below the limit of keepalive requests", async () => {
    const { transport, fetch } = open(() => jsonResponse(grantBody));
    await transport.refresh("x".repeat(64), 2 ** 40, null);
    const body = fetch.mock.calls[0]?.[1]?.body as string;
    expect(body.length).toBeLessThan(1_024);
  });

  it("the platform takes the options as they are", async () => {
    const { transport, fetch } = open(() => jsonResponse(grantBody), { isSameOrigin: false });
    await transport.refresh("attempt-1", 0, null);
    const [url, init] = fetch.mock.calls[0] ?? [];
    const request = new Request(url as string, init);
    expect(request).toMatchObject({
      method: "POST",
      keepalive: true,
      redirect: "error",
      credentials: "include",
    });
  });
});

describe("R-014: a refresh that was sent is never aborted", () => {
  it("no signal goes along, and no second request, however long it takes", async () => {
    let answer = (_: Response): void => undefined;
    const { transport, fetch } = open(async () => new Promise<Response>((resolve) => (answer = resolve)));
    const outcome = transport.refresh("attempt-1", null, null);
    await settle();
    expect(fetch.mock.calls[0]?.[1]?.signal).toBeNull();
    expect(fetch).toHaveBeenCalledOnce();
    answer(jsonResponse(grantBody));
    expect(await outcome).toMatchObject({ kind: "granted" });
  });
});

describe("B1: a polluted Object.prototype does not reach the request", () => {
  const members = {
    method: "GET",
    headers: { Authorization: "Bearer evil", "X-Evil": "1" },
    body: "evil",
    credentials: "omit",
    redirect: "follow",
    mode: "no-cors",
    cache: "force-cache",
    keepalive: false,
    referrer: "https://evil.example/",
    integrity: "sha256-evil",
    priority: "low",
    signal: AbortSignal.abort(),
    "X-Evil": "1",
  };

  it.each([true, false])("member by member it is unchanged (same origin: %s)", async (isSameOrigin) => {
    const clean = open(() => jsonResponse(grantBody), { isSameOrigin });
    await clean.transport.refresh("attempt-1", 0, null);
    const dirty = open(() => jsonResponse(grantBody), { isSameOrigin });
    const outcome = polluted(members, () => dirty.transport.refresh("attempt-1", 0, null));
    const names = Object.keys(members).filter((name) => name !== "headers");
    const seen = polluted(members, () => {
      const [, init] = dirty.fetch.mock.calls[0] ?? [];
      const headers: string[] = [];
      // oxlint-disable-next-line guard-for-in -- inherited names are what this looks for
      for (const name in init?.headers as Record<string, string>) headers.push(name);
      return { init: read(init, names), headers };
    });
    const expected = read(clean.fetch.mock.calls[0]?.[1], names);
    // What our request leaves out must not come from the prototype either.
    expect(seen.init).toEqual(expected);
    expect(seen.headers.toSorted()).toEqual(["Accept", "Content-Type", "Lockstep-Protocol"]);
    expect(await outcome).toMatchObject({ kind: "granted" });
  });
});

describe("Scenario 18: whatever comes instead of an answer is a failure, and never the end", () => {
  const cutOff = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"access_token":"secret'));
          controller.error(new TypeError("terminated"));
        },
      }),
    );
  const cases: readonly (readonly [string, () => unknown, string])[] = [
    ["the network is down", offline, "network"],
    ["an answer without CORS headers, a redirect, a blocked request", offline, "network"],
    ["the connection breaks in the middle of the body", cutOff, "network"],
    ["a captive portal's page", () => textResponse("<html>Sign in to WLAN</html>"), "bad-answer"],
    ["a proxy's refusal", () => textResponse("<html>Forbidden</html>", 403), "bad-answer"],
    ["a proxy's own 401", () => textResponse("<html>Proxy</html>", 401), "bad-answer"],
    ["JSON that is not ours", () => jsonResponse({ hello: "world" }), "bad-answer"],
    ["an empty body", () => new Response(""), "bad-answer"],
    ["no body at all", () => new Response(null, { status: 204 }), "bad-answer"],
    ["half a body that is no JSON", () => textResponse('{"access_token":"secr'), "bad-answer"],
    [
      "a body of megabytes",
      () => jsonResponse({ ...grantBody, padding: "x".repeat(2_000_000) }),
      "bad-answer",
    ],
    ["something that is no response", () => undefined, "network"],
  ];

  it.each(cases)("%s", async (_, answer, code) => {
    const outcome = await open(answer).transport.refresh("attempt-1", null, null);
    expect(outcome).toMatchObject({ kind: "failed", failure: { code } });
    expect(JSON.stringify(outcome)).not.toContain("secr");
  });

  it("a fetch that throws instead of rejecting is a network failure too", async () => {
    const { transport } = open(offline, { fetch: offline });
    expect(await transport.refresh("a", null, null)).toMatchObject({
      kind: "failed",
      failure: { code: "network" },
    });
  });
});

describe("signIn reads the login call's answer, and leaves it to the application", () => {
  const read = async (answer: unknown) => open(() => undefined).transport.readSignIn(answer);

  it("a response with a grant is one, and can still be read", async () => {
    const response = jsonResponse(grantBody);
    expect(await read(response)).toMatchObject({
      kind: "granted",
      fresh: { token: "secret-token", revision: 4 },
    });
    expect(response.bodyUsed).toBe(false);
    expect(await response.json()).toEqual(grantBody);
  });

  it("a parsed body with a grant is one", async () => {
    expect(await read(grantBody)).toMatchObject({ kind: "granted" });
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["some text", "hello"],
    ["an object of the application's own", { ok: true }],
    ["a response that says nothing", new Response(null, { status: 204 })],
    ["a page", textResponse("<html>Welcome</html>")],
  ])("%s: it succeeded, and says nothing of the session", async (_, answer) => {
    expect(await read(answer)).toEqual({ kind: "unknown" });
  });

  it.each([400, 401, 403, 404, 500, 503])("a response with status %d is a failure", async (status) => {
    expect(await read(jsonResponse({ ...grantBody, error: "no" }, status))).toEqual({ kind: "failed" });
  });

  it("a response that was read already: only its status counts", async () => {
    const [good, bad] = [jsonResponse(grantBody), jsonResponse({}, 500)];
    await Promise.all([good.text(), bad.text()]);
    expect(await read(good)).toEqual({ kind: "unknown" });
    expect(await read(bad)).toEqual({ kind: "failed" });
  });
});

describe("L7: claims that cannot be checked leave nobody waiting", () => {
  it("a validator that throws makes the answer a bad one, and the transport still resolves", async () => {
    const broken = () => {
      throw new Error("the application's own mistake");
    };
    const throwing = createLockstepBackend({ readIdentity: broken, readLifetimeMs, wall: () => 0 });
    const { transport } = open(() => jsonResponse(grantBody), { backend: throwing });
    expect(await transport.refresh("a", null, null)).toMatchObject({ kind: "failed" });
    expect(await transport.readSignIn(grantBody)).toMatchObject({ kind: "unknown" });
  });
});
