import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSession } from "../../src/index.js";

const audience = ["https://api.example.com", "https://files.example.com:8443"];

/**
 * Requests of a session outside of any page: one that may carry the token needs a session and is refused, any other goes
 * out as it is.
 */
function request(url: string): Promise<Response> {
  return createSession({ audience }).fetch(url);
}

beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("as it is"));
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("L8, R-040: the `audience` option is a list of origins, matched exactly", () => {
  it.each([
    "https://api.example.com/orders",
    "https://api.example.com:443/orders",
    "https://files.example.com:8443/a.pdf",
  ])("%s is on it", async (url) => {
    await expect(request(url)).rejects.toMatchObject({ code: "unsupported-environment" });
    expect(globalThis.fetch).not.toHaveBeenCalled();
  });

  it.each([
    "https://evilapi.example.com/",
    "https://sub.api.example.com/",
    "https://api.example.com.evil.example/",
    "https://example.com/",
    "https://api.example.com:8443/",
    "https://files.example.com/",
    "http://api.example.com/",
    "blob:https://api.example.com/7a6c0e0e-4a3b-4c0f-9b57-0d3c1f7f2a11",
  ])("A1: %s is not", async (url) => {
    const response = await request(url);
    expect(await response.text()).toBe("as it is");
    expect(globalThis.fetch).toHaveBeenCalledOnce();
  });
});
