import { HTTPError } from "ky";
import { describe, expect, it, vi } from "vitest";
import { SessionError } from "../src/errors.js";
import { createKy } from "../src/ky.js";
import { accepting, openFetch, refusal, type Respond } from "./support/token-source.js";

const prefix = "https://api.example.com";

function open(respond: Respond) {
  const harness = openFetch(respond);
  return { ...harness, api: createKy(harness, { prefix, retry: { limit: 2, delay: () => 1 } }) };
}

describe("@lockstep/core/ky", () => {
  it("requests carry the token, bodies and options included", async () => {
    const { api, sent } = open(({ body }) => new Response(JSON.stringify({ got: body })));
    expect(await api.post("orders", { json: { a: 1 } }).json()).toEqual({ got: '{"a":1}' });
    expect(sent).toMatchObject([
      { url: `${prefix}/orders`, authorization: "Bearer token-1", method: "POST" },
    ]);
  });

  it("R-032: a 401 is the session's business: one refresh, one replay, and ky sees the good answer", async () => {
    const { api, sent, source } = open(accepting("token-2"));
    expect(await api.get("orders").text()).toBe("ok ");
    expect([sent.length, source.refreshes]).toEqual([2, 1]);
  });

  it("Scenario 11: a 401 that stays one is not tried again by ky", async () => {
    const { api, sent, source } = open(() => refusal());
    await expect(api.get("orders")).rejects.toBeInstanceOf(HTTPError);
    expect([sent.length, source.refreshes]).toEqual([2, 1]);
  });

  it("L10: what the session rejects with is not tried again, and reaches the caller unchanged", async () => {
    const { api, source, sent } = open(() => new Response("ok"));
    source.trouble = new SessionError("rate-limited", "Slow down.", { retryAfterMs: 5_000 });
    const token = vi.spyOn(source, "token");
    await expect(api.get("orders")).rejects.toBe(source.trouble);
    expect(token).toHaveBeenCalledOnce();
    expect(sent).toEqual([]);
  });

  it.each(["network", "timeout"] as const)(
    "L10: not even %s, whose name could be taken for the network's",
    async (code) => {
      const { api, source } = open(() => new Response("ok"));
      source.trouble = new SessionError(code, "The session endpoint could not be reached.", {
        cause: new TypeError("Failed to fetch"),
      });
      const token = vi.spyOn(source, "token");
      await expect(api.get("orders")).rejects.toBe(source.trouble);
      expect(token).toHaveBeenCalledOnce();
    },
  );

  it("a busy API is tried again by ky, with the token", async () => {
    const { api, sent } = open(
      (_, index) => new Response(index === 0 ? "busy" : "ok", { status: index === 0 ? 503 : 200 }),
    );
    expect(await api.get("orders").text()).toBe("ok");
    expect(sent.map(({ authorization }) => authorization)).toEqual(["Bearer token-1", "Bearer token-1"]);
  });

  it("L8: a prefix that is not on the list gets no token", async () => {
    const { fetch, sent } = openFetch();
    await createKy({ fetch }, { prefix: "https://evil.example" }).get("orders");
    expect(sent[0]?.authorization).toBeNull();
  });
});
