import { describe, expect, it } from "vitest";
import { createSession } from "../src/create-session.js";
import { checkOptions, type SessionOptions } from "../src/options.js";

/** The error of options that nobody may give. */
function errorOf(options: unknown): unknown {
  try {
    checkOptions(options as SessionOptions);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("createSession: an option that cannot be is refused at once, by name and with a remedy", () => {
  const endpoints: readonly unknown[] = [
    "",
    " ",
    "session",
    "./session",
    "//evil.example/session",
    "/\\evil.example",
    "\\\\evil.example",
    "http://api.example.com/session",
    "ftp://api.example.com/session",
    "javascript:alert(1)",
    "data:text/plain,x",
    "https://",
    "/session?x=1",
    "/session#x",
    "https://api.example.com/session?x",
    "https://user@api.example.com/session",
    "https://user:pw@api.example.com/s",
    5,
    null,
    {},
    [],
  ];
  it.each(endpoints)("endpoint %j", (endpoint) => {
    expect(errorOf({ endpoint })).toMatchObject({
      name: "SessionError",
      code: "invalid-option",
      message: expect.stringMatching(/`endpoint` must be .*"\/session".*https/) as string,
    });
  });

  const origins: readonly unknown[] = [
    "",
    "api.example.com",
    "*",
    "https://*.example.com",
    "https://api.example.com/path",
    "https://api.example.com?x",
    "https://api.example.com#x",
    "http://api.example.com",
    "//api.example.com",
    "https://user@api.example.com",
    "null",
    "blob:https://api.example.com/x",
    "https:api.example.com",
    "https://API.example.com/",
    "https://api.example.com:443",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    5,
    null,
    {},
  ];
  it.each(origins)("audience with %j (L8: exact origins only)", (origin) => {
    expect(errorOf({ audience: ["https://fine.example", origin] })).toMatchObject({
      code: "invalid-option",
      message: expect.stringMatching(/`audience` must list exact https: origins such as/) as string,
    });
  });

  it.each(["https://api.example.com", {}, 5, null, new Set(["https://api.example.com"])])(
    "audience %j, which is no list",
    (audience) => {
      expect(errorOf({ audience })).toMatchObject({
        code: "invalid-option",
        message: expect.stringContaining("`audience`") as string,
      });
    },
  );

  it.each(["", "-x", "X", "a b", "a_b", "a:b", "ä", "x".repeat(33), 5, null, "__proto__"])(
    "namespace %j",
    (namespace) => {
      expect(errorOf({ namespace })).toMatchObject({
        code: "invalid-option",
        message: expect.stringMatching(/`namespace` must be 1 to 32 of/) as string,
      });
    },
  );

  const booleans = ["shareToken", "keepFresh", "replayUnsafe"].flatMap((name) =>
    ["true", 1, 0, null, {}].map((value) => [name, value] as const),
  );
  it.each(booleans)("%s: %j", (name, value) => {
    expect(errorOf({ [name]: value })).toMatchObject({
      code: "invalid-option",
      message: expect.stringContaining(`\`${name}\` must be true or false`) as string,
    });
  });

  it.each([{}, null, 5, () => true, { "~standard": {} }, { "~standard": { validate: true } }])(
    "claims %j",
    (claims) => {
      expect(errorOf({ claims })).toMatchObject({
        code: "invalid-option",
        message: expect.stringMatching(/`claims` must be a Standard Schema/) as string,
      });
    },
  );

  it("an option that nobody knows: a typing error is not passed over", () => {
    expect(errorOf({ endPoint: "/session" })).toMatchObject({
      code: "invalid-option",
      message: expect.stringContaining("`endPoint` is not an option") as string,
    });
  });

  it("createSession itself refuses, before anything happens", () => {
    expect(() => createSession({ endpoint: "http://evil.example" })).toThrow(/`endpoint`/);
  });
});

describe("createSession: what may be given", () => {
  it("nothing: all options have defaults", () => {
    expect(checkOptions({})).toEqual({
      endpoint: "/session",
      audience: [],
      namespace: "lockstep",
      shareToken: true,
      keepFresh: false,
      replayUnsafe: true,
      idleWarning: 60_000,
      expiryWarning: 300_000,
      events: "visible",
      stepUp: null,
      claims: undefined,
    });
  });

  it.each([
    ["/session", "/session"],
    ["/session/", "/session"],
    ["/a/b//", "/a/b"],
    ["https://auth.example.com/session", "https://auth.example.com/session"],
    ["http://localhost:3000/session", "http://localhost:3000/session"],
    ["http://127.0.0.1:3000/session/", "http://127.0.0.1:3000/session"],
    ["http://[::1]:3000/session", "http://[::1]:3000/session"],
  ])("endpoint %j", (endpoint, expected) => {
    expect(checkOptions({ endpoint }).endpoint).toBe(expected);
  });

  it.each([
    "https://api.example.com",
    "https://api.example.com:8443",
    "http://localhost:3000",
    "http://app.localhost",
    "http://127.0.0.1:1",
    "https://xn--bcher-kva.example",
  ])("audience %j, with a slash at its end or without", (origin) => {
    expect(checkOptions({ audience: [origin, `${origin}/`] }).audience).toEqual([origin, origin]);
  });

  it("undefined is as not given", () => {
    const given = {
      endpoint: undefined,
      audience: undefined,
      shareToken: undefined,
    } as unknown as SessionOptions;
    expect(checkOptions(given)).toEqual(checkOptions({}));
  });

  it("later changes of the caller's own list change nothing", () => {
    const audience = ["https://api.example.com"];
    const checked = checkOptions({ audience });
    audience.push("https://evil.example");
    expect(checked.audience).toEqual(["https://api.example.com"]);
  });
});
