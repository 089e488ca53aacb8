/** L8: the token goes to the origins on the list, exactly, and never along a cross-origin redirect. */

/** @type {readonly import("../fault.mjs").Fault[]} */
export const leastExposure = [
  {
    name: "origins match by suffix",
    file: "packages/core/src/create-session.ts",
    find: "(audience.includes(origin) ||",
    replace: "(audience.some((allowed) => origin.endsWith(new URL(allowed).hostname)) ||",
    seenBy: {
      file: "packages/core/test/http/which-origins.test.ts",
      title: "A1: https://evilapi.example.com/ is not",
    },
  },
  {
    name: "the token goes to every origin",
    file: "packages/core/src/http/authorised-fetch.ts",
    find: "isAudience(new URL(request.url)) &&",
    replace: "true &&",
    seenBy: {
      file: "packages/core/test/http/where-tokens-go.test.ts",
      title: "A1:",
    },
  },
  {
    name: "a blob: URL gets the token of its origin",
    file: "packages/core/src/create-session.ts",
    find: 'protocol.startsWith("http") &&',
    replace: "protocol !== null &&",
    seenBy: {
      file: "packages/core/test/http/which-origins.test.ts",
      title: "A1: blob:https://api.example.com",
    },
  },
  {
    name: "the session endpoint's redirects are followed",
    file: "packages/core/src/adapters/fetch-transport.ts",
    find: 'redirect: "error"',
    replace: 'redirect: "follow"',
    seenBy: {
      file: "packages/core/test/adapters/fetch-transport.test.ts",
      title: "a refresh on the own origin",
    },
  },
  {
    name: "the 401 of an origin that a redirect led to leads to a replay",
    file: "packages/core/src/http/authorised-fetch.ts",
    find: "if (response.redirected && !isAudience(new URL(response.url))) return undefined;",
    replace: "",
    seenBy: {
      file: "packages/core/test/http/replay.test.ts",
      title: "A2: the 401 of a foreign origin that a redirect led to",
    },
  },
  {
    name: "the caller's own Authorization is overwritten",
    file: "packages/core/src/http/authorised-fetch.ts",
    find: '!request.headers.has("authorization") &&',
    replace: "",
    seenBy: {
      file: "packages/core/test/http/where-tokens-go.test.ts",
      title: "when no token is attached",
    },
  },
  {
    name: "an audience may be plain http",
    file: "packages/core/src/options.ts",
    find: 'protocol === "https:" ||',
    replace: 'protocol.startsWith("http") ||',
    seenBy: {
      file: "packages/core/test/options.test.ts",
      title: "(L8: exact origins only)",
    },
  },
  {
    name: "the server lets every origin read its answers",
    file: "packages/server/src/cors.ts",
    find: "origin !== null && allowedOrigins.has(origin)",
    replace: "origin !== null",
    seenBy: { file: "packages/server/test/cors.test.ts", title: "cross-origin callers" },
  },
];
