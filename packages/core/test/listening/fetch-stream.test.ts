import { describe, expect, it, vi } from "vitest";
import { createFetchStream, type FetchStreamOptions } from "../../src/listening/fetch-stream.js";
import type { Closing } from "../../src/listening/machine.js";
import type { News } from "../../src/machine/outcome.js";
import { jsonResponse, textResponse } from "../support/answers.js";
import { withPolluted } from "../support/polluted.js";

const sessionId = "S".repeat(22);
const ended = `event: ended\ndata: {"session_id":"${sessionId}","reason":"revoked"}\n\n`;
const stale = `id: ${sessionId}.3\nevent: stale\ndata: {"session_id":"${sessionId}","version":3}\n\n`;
const encoder = new TextEncoder();

/** An answer that the test writes on. */
function stream(headers: HeadersInit = { "Content-Type": "text/event-stream" }) {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const cancelled = vi.fn<() => void>();
  const body = new ReadableStream<Uint8Array>({
    start: (created) => void (controller = created),
    cancel: cancelled,
  });
  return {
    response: new Response(body, { headers }),
    cancelled,
    write: (text: string) => controller.enqueue(encoder.encode(text)),
    end: () => controller.close(),
    break: () => controller.error(new TypeError("network")),
  };
}

function open(answer: () => unknown, options: Partial<FetchStreamOptions> = {}) {
  const fetch = vi.fn<(url: unknown, init?: RequestInit) => Promise<Response>>(
    async () => (await answer()) as Response,
  );
  const own = createFetchStream({
    url: "https://app.example/session/events",
    isSameOrigin: true,
    fetch,
    wall: () => 0,
    ...options,
  });
  const told: Array<"opened" | "heard" | News | Closing> = [];
  const callbacks = {
    opened: () => void told.push("opened"),
    heard: () => void told.push("heard"),
    news: (news: News) => void told.push(news),
    closed: (closing: Closing) => void told.push(closing),
  };
  own.open("secret-token", callbacks);
  return { fetch, told, again: () => own.open("secret-token", callbacks), close: own.close };
}

const until = (check: () => void): Promise<void> => vi.waitFor(check);

describe("R-140: what is asked for", () => {
  it("on the own origin the cookie speaks for the session, and no token is sent", async () => {
    const { fetch } = open(() => stream().response);
    const [url, init] = fetch.mock.calls[0] ?? [];
    expect(url).toBe("https://app.example/session/events");
    expect(init).toMatchObject({
      method: "GET",
      mode: "same-origin",
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      keepalive: false,
    });
    expect(Object.fromEntries(new Headers(init?.headers))).toEqual({
      accept: "text/event-stream",
      "lockstep-protocol": "1",
    });
  });

  it("on another origin the token does, in a header", async () => {
    const { fetch } = open(() => stream().response, { isSameOrigin: false });
    const [, init] = fetch.mock.calls[0] ?? [];
    expect(init).toMatchObject({ mode: "cors", credentials: "include", redirect: "error" });
    expect(new Headers(init?.headers).get("authorization")).toBe("Bearer secret-token");
  });

  it("H4: what was heard last is named when it is asked for again", async () => {
    const first = stream();
    const answers = [first.response, stream().response];
    const { fetch, told, again } = open(() => answers.shift());
    first.write(stale);
    await until(() => expect(told).toHaveLength(3));
    again();
    expect(new Headers(fetch.mock.calls[1]?.[1]?.headers).get("last-event-id")).toBe(`${sessionId}.3`);
  });

  it("R-006, attack B1: takes nothing from a polluted prototype, neither what is sent nor what is heard", async () => {
    const answer = stream();
    await withPolluted(
      { body: "x", session_id: sessionId, reason: "revoked", version: 9, onRetry: 1 },
      async () => {
        const { fetch, told } = open(() => answer.response);
        answer.write("event: ended\ndata: {}\n\nevent: stale\ndata: {}\n\n");
        await until(() => expect(told).toEqual(["opened", "heard"]));
        expect(fetch.mock.calls[0]?.[1]?.body).toBeNull();
      },
    );
  });
});

describe("what is heard", () => {
  it("L13: news, whole though it comes in pieces, in its order", async () => {
    const { response, write } = stream();
    const { told } = open(() => response);
    const text = `retry: 2000\n\n:\n\n${stale}${ended}`;
    for (const character of text) write(character);
    await until(() =>
      expect(told.filter((item) => typeof item === "object")).toEqual([
        { kind: "stale", sessionId, revision: 3 },
        { kind: "ended", sessionId, reason: "revoked" },
      ]),
    );
    expect(told[0]).toBe("opened");
  });

  it.each([
    [
      "a reason of a newer server",
      `event: ended\ndata: {"session_id":"${sessionId}","reason":"eclipse"}\n\n`,
      "revoked",
    ],
    [
      "a sign-out on another device",
      `event: ended\ndata: {"session_id":"${sessionId}","reason":"signed-out"}\n\n`,
      "signed-out-elsewhere",
    ],
  ])("%s is an end", async (_, text, reason) => {
    const { response, write } = stream();
    const { told } = open(() => response);
    write(text);
    await until(() => expect(told.at(-1)).toEqual({ kind: "ended", sessionId, reason }));
  });

  it.each([
    ["an event of a newer server", `event: eclipse\ndata: {"session_id":"${sessionId}"}\n\n`],
    ["a message without a type", `data: {"session_id":"${sessionId}","reason":"revoked"}\n\n`],
    ["no JSON", "event: ended\ndata: nonsense\n\n"],
    ["JSON that is no object", "event: ended\ndata: null\n\n"],
    ["no session id", 'event: ended\ndata: {"session_id":"a b","reason":"revoked"}\n\n'],
    ["no number", `event: stale\ndata: {"session_id":"${sessionId}","version":"3"}\n\n`],
    ["a heartbeat", ":\n\n"],
  ])("L4: %s is no news, and the next event counts", async (_, text) => {
    const { response, write } = stream();
    const { told } = open(() => response);
    write(text + stale);
    await until(() => expect(told.at(-1)).toEqual({ kind: "stale", sessionId, revision: 3 }));
    expect(told.filter((item) => typeof item === "object")).toHaveLength(1);
  });
});

describe("R-142: how it ends", () => {
  const date = { "Retry-After": "7" };

  it.each<[string, () => unknown, Closing]>([
    [
      "a 401",
      () => jsonResponse({ error: "session_ended", reason: "revoked" }, 401),
      { kind: "unauthenticated" },
    ],
    ["a 503", () => textResponse("busy", 503), { kind: "failed" }],
    [
      "a 429 with a wish",
      () => new Response(null, { status: 429, headers: date }),
      { kind: "failed", retryAfterMs: 7_000 },
    ],
    ["a 404", () => textResponse("nothing here", 404), { kind: "unsupported" }],
    ["a 403", () => jsonResponse({ error: "request_forgery" }, 403), { kind: "unsupported" }],
    ["a 204", () => new Response(null, { status: 204 }), { kind: "unsupported" }],
    ["a page instead", () => textResponse("<!doctype html>", 200), { kind: "unsupported" }],
    ["no connection", () => Promise.reject(new TypeError("Failed to fetch")), { kind: "failed" }],
  ])("with %s", async (_, answer, closing) => {
    const { told } = open(answer);
    await until(() => expect(told).toEqual([closing]));
  });

  it("when the server ends it, or the connection breaks", async () => {
    for (const how of ["end", "break"] as const) {
      const answer = stream();
      const { told } = open(() => answer.response);
      await until(() => expect(told).toEqual(["opened"]));
      answer[how]();
      await until(() => expect(told).toEqual(["opened", { kind: "failed" }]));
    }
  });

  it("when an event goes beyond all bounds: memory is not the server's to fill", async () => {
    const answer = stream();
    const { told } = open(() => answer.response);
    answer.write(`data: ${"x".repeat(70_000)}`);
    await until(() => expect(told.at(-1)).toEqual({ kind: "failed" }));
  });

  it("once, and in silence, when it is closed here", async () => {
    const answer = stream();
    const { fetch, told, close } = open(() => answer.response);
    await until(() => expect(told).toEqual(["opened"]));
    close();
    close();
    expect(fetch.mock.calls[0]?.[1]?.signal?.aborted).toBe(true);
    answer.write(ended);
    answer.end();
    await new Promise((resolve) => setTimeout(resolve));
    expect(told).toEqual(["opened"]);
  });

  it("lets go of an answer that it does not read", async () => {
    const answer = stream({ "Content-Type": "text/html" });
    const { told } = open(() => answer.response);
    await until(() => expect(told).toEqual([{ kind: "unsupported" }]));
    expect(answer.cancelled).toHaveBeenCalled();
  });
});
