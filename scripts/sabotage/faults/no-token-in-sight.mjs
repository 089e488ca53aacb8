/** L5: a token is never at rest and never in sight. */

/** @type {readonly import("../fault.mjs").Fault[]} */
export const noTokenInSight = [
  {
    name: "the snapshot carries the token",
    file: "packages/core/src/machine/snapshot.ts",
    find: ": project(state);",
    replace: ": Object.freeze({ ...project(state), token: state.grant?.token });",
    seenBy: {
      file: "packages/core/test/runtime/inspection.test.ts",
      title: "A7: the token is in no snapshot",
    },
    simulation: true,
  },
  {
    name: "an inspection event carries the token",
    file: "packages/core/src/machine/adopting.ts",
    find: 'type: "refreshed",',
    replace: 'type: "refreshed", token: fresh.token,',
    seenBy: {
      file: "packages/core/test/runtime/inspection.test.ts",
      title: "holds no token, no user and no nonce, whatever happens",
    },
    simulation: true,
  },
  {
    name: "a new token is broadcast although it is not to be shared",
    file: "packages/core/src/machine/adopting.ts",
    find: "if (!turn.policy.shareToken || grant.token.length > maxTokenLength)",
    replace: "if (grant.token.length > maxTokenLength)",
    seenBy: {
      file: "packages/core/test/runtime/messages.test.ts",
      title: "L5: not with shareToken: false, neither given nor taken",
    },
    simulation: true,
  },
  {
    name: "a sibling that asks gets the token although it is not to be shared",
    file: "packages/core/src/machine/adopting.ts",
    find: "const grant = turn.policy.shareToken ? usableGrant(state, turn.policy, turn.at) : null;",
    replace: "const grant = usableGrant(state, turn.policy, turn.at);",
    seenBy: {
      file: "packages/core/test/machine/adoption.test.ts",
      title: "with sharing off it answers that it has none",
    },
  },
  {
    name: "the fallback channel writes the token to disk",
    file: "packages/core/src/adapters/native-channel.ts",
    find: 'return kind === "token" ?',
    replace: "return false ?",
    seenBy: {
      file: "packages/core/test/adapters/native-channel.test.ts",
      title: "L5: a token never goes to the library, whose methods write to disk",
    },
  },
  {
    name: "an error serialises the login's answer, token included",
    file: "packages/core/src/errors.ts",
    find: 'Object.defineProperty(this, "response", { value: response });',
    replace: "this.response = response;",
    seenBy: { file: "packages/core/test/errors.test.ts", title: "and in no serialisation" },
  },
  {
    name: "the server's log carries the refresh token",
    file: "packages/server/src/refreshing.ts",
    find: 'type: "session-refreshed", at,',
    replace: 'type: "session-refreshed", token: successor.text, at,',
    seenBy: {
      file: "packages/server/test/security-events.test.ts",
      title: "L5 R-150: no token, key or raw session id is in any event",
    },
  },
  {
    name: "scripts can read the refresh cookie",
    file: "packages/server/src/cookies.ts",
    find: "HttpOnly; ",
    replace: "",
    seenBy: {
      file: "packages/server/test/cookies.test.ts",
      title: "R-100: are exactly these",
    },
  },
];
