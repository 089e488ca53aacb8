import { describe, expect, it } from "vitest";
import { openFetch } from "../support/token-source.js";

const api = "https://api.example.com";

async function authorizationFor(
  input: RequestInfo | URL,
  init?: RequestInit,
): Promise<string | null | undefined> {
  const { fetch, sent } = openFetch();
  await fetch(input, init);
  return sent[0]?.authorization;
}

describe("L8, R-040: the token goes to the origins on the list, exactly", () => {
  it.each([
    `${api}/orders`,
    api,
    `${api}:443/orders`,
    "HTTPS://API.EXAMPLE.COM/orders",
    `${api}/a/../../orders?next=https://evil.example/#@evil.example`,
    "https:\\\\api.example.com\\orders",
    "https:api.example.com/orders",
    " https://api.exa\tmple.com/\norders ",
    "https://app.example/",
  ])("%j: attached", async (url) => {
    expect(await authorizationFor(url)).toBe("Bearer token-1");
  });

  it.each([
    "https://evil.example/",
    "https://api.example.com.evil.example/",
    "https://evilapi.example.com/",
    "https://example.com/",
    "https://sub.api.example.com/",
    "https://api.example.com./",
    "http://api.example.com/",
    "https://api.example.com:8443/",
    "https://app.example:444/",
    "https:\\\\evil.example\\@api.example.com",
    "https://evil.example/https://api.example.com/",
    "https://evil.example?https://api.example.com",
    "https://evil.example#@api.example.com",
    "https://аpi.example.com/",
    "https://xn--pi-7sb.example.com/",
    "https://api。example。org/",
    "https://evil.exa\nmple/",
    "data:text/plain,https://api.example.com/",
  ])("A1: %j: not attached", async (url) => {
    expect(await authorizationFor(url)).toBeNull();
  });

  it.each([
    "https://api.example.com@evil.example/",
    "https://user:password@api.example.com/",
    "//evil.example/",
    "/orders",
  ])("%j: the platform refuses it outside a page, and nothing is sent", async (url) => {
    const { fetch, sent } = openFetch();
    await expect(fetch(url)).rejects.toThrow(TypeError);
    expect(sent).toEqual([]);
  });

  it("a blob: URL belongs to an origin, and gets no token", async () => {
    const url = URL.createObjectURL(new Blob(["hello"]));
    expect(new URL(url).protocol).toBe("blob:");
    expect(await authorizationFor(url)).toBeNull();
  });

  it("a URL object counts as it was when it was passed", async () => {
    const { fetch, sent } = openFetch();
    const url = new URL(`${api}/orders`);
    const promise = fetch(url);
    url.href = "https://evil.example/";
    await promise;
    expect(sent[0]).toMatchObject({ url: `${api}/orders`, authorization: "Bearer token-1" });
  });

  it("A5: a Request whose url lies is sent where it goes, without a token", async () => {
    class Liar extends Request {
      override get url(): string {
        return `${api}/orders`;
      }
    }
    const { fetch, sent } = openFetch();
    await fetch(new Liar("https://evil.example/"));
    expect(sent[0]).toMatchObject({ url: "https://evil.example/", authorization: null });
  });

  it("A5: what turns into another URL the second time is asked once", async () => {
    let asked = 0;
    const input = { toString: () => ((asked += 1) === 1 ? "https://evil.example/" : `${api}/`) };
    const { fetch, sent } = openFetch();
    await fetch(input as unknown as string);
    expect(sent[0]).toMatchObject({ url: "https://evil.example/", authorization: null });
    expect(asked).toBe(1);
  });

  it("a Request object to an origin on the list gets it", async () => {
    expect(await authorizationFor(new Request(`${api}/orders`, { method: "POST", body: "x" }))).toBe(
      "Bearer token-1",
    );
  });
});

describe("R-042, R-043: when no token is attached", () => {
  it.each([
    { headers: { Authorization: "Basic abc" } },
    { headers: { authorization: "Basic abc" } },
    { headers: [["AUTHORIZATION", "Basic abc"] as [string, string]] },
    { headers: new Headers({ Authorization: "Basic abc" }) },
  ])("the caller brought its own: it is left alone (%#)", async (init) => {
    expect(await authorizationFor(`${api}/orders`, init)).toBe("Basic abc");
  });

  it("the caller's own on a Request object is left alone, and its 401 is the caller's business", async () => {
    const { fetch, source, sent } = openFetch(() => new Response(null, { status: 401 }));
    const response = await fetch(new Request(`${api}/orders`, { headers: { Authorization: "Basic abc" } }));
    expect(response.status).toBe(401);
    expect(sent.map(({ authorization }) => authorization)).toEqual(["Basic abc"]);
    expect(source.refreshes).toBe(0);
  });

  it("a no-cors request cannot carry it, and does not wait for one", async () => {
    const { fetch, source, sent } = openFetch();
    source.trouble = new Error("no token to be had");
    await fetch(`${api}/pixel`, { mode: "no-cors" });
    expect(sent[0]?.authorization).toBeNull();
  });

  it("requests to other origins do not wait for a token", async () => {
    const { fetch, source } = openFetch();
    source.trouble = new Error("no token to be had");
    expect((await fetch("https://cdn.example/")).status).toBe(200);
  });

  it("nobody is signed in: the request goes without, and its 401 is the answer", async () => {
    const { fetch, source, sent } = openFetch(() => new Response(null, { status: 401 }));
    source.current = null;
    expect((await fetch(`${api}/orders`)).status).toBe(401);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.authorization).toBeNull();
    expect(source.refreshes).toBe(0);
  });

  it("A7: the token is in the header and nowhere else", async () => {
    const { fetch, sent } = openFetch();
    await fetch(`${api}/orders?a=b`, { method: "POST", body: "x" });
    expect(`${sent[0]?.url} ${sent[0]?.body}`).not.toContain("token-1");
    expect([...(sent[0]?.headers ?? [])].filter(([, value]) => value.includes("token-1"))).toHaveLength(1);
  });
});

describe("R-044: everything else about the request is the caller's", () => {
  it("headers, method, body and all modes arrive as they were given", async () => {
    const { fetch, sent } = openFetch();
    const init: RequestInit = {
      method: "PATCH",
      body: "hello",
      headers: { "X-Own": "1", "Content-Type": "text/x-own" },
      credentials: "omit",
      cache: "no-cache",
      redirect: "manual",
      integrity: "",
      keepalive: true,
    };
    await fetch(`${api}/orders`, init);
    const request = sent[0]?.request;
    expect(request).toMatchObject({
      method: "PATCH",
      credentials: "omit",
      cache: "no-cache",
      redirect: "manual",
      keepalive: true,
    });
    expect(sent[0]?.headers.get("x-own")).toBe("1");
    expect(sent[0]?.headers.get("content-type")).toBe("text/x-own");
    expect(sent[0]?.body).toBe("hello");
  });

  it.each(["no-referrer", "origin", "strict-origin"] as const)(
    "the referrer policy %s too, by which the caller hides its page",
    async (referrerPolicy) => {
      const { fetch, sent } = openFetch();
      await fetch(`${api}/orders`, { referrerPolicy, referrer: "" });
      expect(sent[0]?.request).toMatchObject({ referrerPolicy, referrer: "" });
    },
  );

  it("the caller's init and headers are not written to", async () => {
    const headers = new Headers({ "X-Own": "1" });
    const init = Object.freeze({ headers });
    await openFetch().fetch(`${api}/orders`, init);
    expect([...headers]).toEqual([["x-own", "1"]]);
  });

  it("credentials are untouched unless the caller says so", async () => {
    const { fetch, sent } = openFetch();
    await fetch(`${api}/orders`);
    expect(sent[0]?.request.credentials).toBe("same-origin");
  });

  it("the answer is the very object that came", async () => {
    const answer = new Response("hello");
    expect(await openFetch(() => answer).fetch(`${api}/orders`)).toBe(answer);
    expect(answer.bodyUsed).toBe(false);
  });

  it("what fetch rejects with is what the caller gets", async () => {
    const error = new TypeError("Failed to fetch");
    const { fetch } = openFetch(() => {
      throw error;
    });
    await expect(fetch(`${api}/orders`)).rejects.toBe(error);
  });

  it("while no token can be had, the reason is what the caller gets, and nothing is sent", async () => {
    const { fetch, source, sent } = openFetch();
    source.trouble = new Error("rate-limited");
    await expect(fetch(`${api}/orders`)).rejects.toBe(source.trouble);
    expect(sent).toEqual([]);
  });
});
