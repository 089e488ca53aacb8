/** L12: a request that was challenged goes out again with a token that meets the challenge, or not at all. */

/** @type {readonly import("../fault.mjs").Fault[]} */
export const challenges = [
  {
    name: "a challenge is answered with the token that it refused",
    file: "packages/core/src/step-up.ts",
    find: "return mayDo(waiter, grant) ? grant : undefined;",
    replace: "return grant;",
    simulation: true,
    seenBy: {
      file: "packages/core/test/step-up.test.ts",
      title: "has the user step up, and the request sent again with the new token and the same body",
    },
  },
  {
    name: "the class of an authentication is not looked at",
    file: "packages/core/src/step-up.ts",
    find: "return isClass(demand, identity) && (demand",
    replace: "return (demand",
    seenBy: {
      file: "packages/core/test/step-up.test.ts",
      title: "has the user step up, and the request sent again with the new token and the same body",
    },
  },
  {
    name: "an authentication of before the request will do",
    file: "packages/core/src/step-up.ts",
    find: "(demand.maxAge === null || isLater)",
    replace: "true",
    seenBy: {
      file: "packages/core/test/step-up.test.ts",
      title: "that asks for a young proof is not met by the one that the request had",
    },
  },
  {
    name: "each window has a prompt of its own",
    file: "packages/core/src/step-up.ts",
    find: "lock.request(false, { granted: begin, refused: begin, stolen: () => undefined });",
    replace: "begin();",
    seenBy: {
      file: "packages/core/test/step-up.test.ts",
      title: "in two windows side by side is one prompt, too",
    },
  },
  {
    name: "a hidden tab keeps the prompt",
    file: "packages/core/src/step-up.ts",
    find: "} else if (!isVisible()) leave();",
    replace: "}",
    seenBy: {
      file: "packages/core/test/step-up.test.ts",
      title: "who goes on to another tab is asked there; what is done there closes the first prompt",
    },
  },
  {
    name: "one user's request goes out with the step-up of another",
    file: "packages/core/src/step-up.ts",
    find: "if (!isSameUser(sent.identity, grant.identity))",
    replace: "if (false)",
    seenBy: {
      file: "packages/core/test/step-up.test.ts",
      title: "L9: never sends the one user's request with the token of another",
    },
  },
  {
    name: "who cancels is asked once more",
    file: "packages/core/src/step-up.ts",
    find: 'if (!proof) return "cancelled";',
    replace: "if (!proof) continue;",
    seenBy: {
      file: "packages/core/test/step-up.test.ts",
      title: "is told to all who wait when the user would not; nothing is sent again",
    },
  },
  {
    name: "the server takes an authentication that is too old",
    file: "packages/server/src/authentication-demand.ts",
    find: "if (maxAge !== null && at / 1000 - authTime > maxAge) return false;",
    replace: "",
    seenBy: { file: "packages/server/test/step-up-challenge.test.ts", title: "a second too old" },
  },
  {
    name: "a step-up leaves the former session as it was",
    file: "packages/server/src/renewing.ts",
    find: 'const closed = closeRecord(former, "replaced", at);',
    replace: "const closed = { ...former, revision: former.revision + 1 };",
    seenBy: {
      file: "packages/server/test/stepping-up.test.ts",
      title: "ends the session it replaces, without clearing the cookies of the new one",
    },
  },
  {
    name: "a revocation in the moment of a step-up is lost",
    file: "packages/server/src/renewing.ts",
    find: 'await closeSession(context, record.id, "replaced");',
    replace: "",
    seenBy: {
      file: "packages/server/test/stepping-up.test.ts",
      title: "a revocation of this session in the very moment of its replacement wins, too",
    },
  },
];
