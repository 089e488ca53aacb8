/** L3: once sign-out was called in any tab, no tab hands out a token of that session again. */

/** @type {readonly import("../fault.mjs").Fault[]} */
export const signOutWins = [
  {
    name: "a late answer is accepted, whatever its epoch",
    file: "packages/core/src/machine/answering.ts",
    find: "if (isFenced(state, work, outcome))",
    replace: "if (false)",
    seenBy: {
      file: "packages/core/test/machine/signing.test.ts",
      title: "a refresh in flight is let land, and its late 200 restores nothing",
    },
  },
  {
    name: "sign-out begins no new epoch",
    file: "packages/core/src/machine/ending.ts",
    find: "epoch: nextEpoch(record.epoch),",
    replace: "epoch: record.epoch,",
    seenBy: {
      file: "packages/core/test/machine/signing.test.ts",
      title: "the tombstone is written and the token dropped in the same turn, before any request",
    },
  },
  {
    name: "the tombstone is not written down",
    file: "packages/core/src/machine/ending.ts",
    find: 'turn.effects.push({ type: "write-record", record: tombstone });',
    replace: "",
    seenBy: {
      file: "packages/core/test/machine/signing.test.ts",
      title: "the tombstone is written and the token dropped in the same turn, before any request",
    },
  },
  {
    name: "the token outlives the sign-out",
    file: "packages/core/src/machine/ending.ts",
    find: "grant: null,",
    replace: "",
    seenBy: {
      file: "packages/core/test/runtime/signing-out.test.ts",
      title: "at once: before signOut() returns no token is handed out any more",
    },
    simulation: true,
  },
  {
    name: "a token message is taken without a look at its epoch",
    file: "packages/core/src/machine/adopting.ts",
    find: 'if (record.status === "out" || grant.epoch !== record.epoch) return false;',
    replace: "",
    seenBy: { file: "packages/core/test/machine/adoption.test.ts", title: "after sign-out none is taken" },
  },
  {
    name: "the revocation waits behind the refresh",
    file: "packages/core/src/machine/proceeding.ts",
    find: 'if (pendingOf(state.record) !== null) return "revoke";',
    replace: "",
    seenBy: {
      file: "packages/core/test/machine/signing.test.ts",
      title: "after a reload the revocation goes out before anything else",
    },
  },
  {
    name: "a reload forgets the revocation that is still to be sent",
    file: "packages/core/src/machine/register.ts",
    find: "fields.push(record.reason, record.pending ?? nothing);",
    replace: "fields.push(record.reason, nothing);",
    seenBy: {
      file: "packages/core/test/machine/codecs.test.ts",
      title: "a record comes back as it was written",
    },
    simulation: true,
  },
  {
    name: "sign-out loses against a login under way",
    file: "packages/core/src/machine/signing.ts",
    find: 'work.phase === "calling" ? { ...work, signedOut: work.signedOut === "all" ? "all" : scope } : idle.work,',
    replace: "idle.work,",
    seenBy: {
      file: "packages/core/test/machine/signing.test.ts",
      title: "L3: sign-out during an anonymous tab's first login wins too",
    },
  },
  {
    name: "the copy in localStorage counts, although the cookie is later",
    file: "packages/core/src/adapters/cookie-register.ts",
    find: "return laterRecord(inCookie, inStorage);",
    replace: "return inStorage;",
    seenBy: {
      file: "packages/core/test/adapters/cookie-register.test.ts",
      title: "L3: of the two copies the later one counts, whichever it is",
    },
  },
  {
    name: "the server's sign-out leaves the family alive",
    file: "packages/server/src/signing-out.ts",
    find: 'if (token !== null) await closeSession(context, token, "signed-out");',
    replace: "",
    seenBy: {
      file: "packages/server/test/signing-in-and-out.test.ts",
      title: "L3 R-093: an old token of the family ends it too, and the newest is worth nothing after",
    },
  },
  {
    name: "the server rotates the token of a session that is over",
    file: "packages/server/src/rotation.ts",
    find: 'if (reason !== null) return { kind: "ended", reason };',
    replace: "",
    seenBy: {
      file: "packages/server/test/ordering.test.ts",
      title: "D11 R-093 L3: whatever the interleaving",
    },
  },
  {
    name: "the answer for a session that was replaced is taken for the new one's",
    file: "packages/core/src/machine/answering.ts",
    find: 'return outcome.kind !== "granted" || outcome.fresh.identity.sessionId !== record.sessionId;',
    replace: "return false;",
    seenBy: {
      file: "packages/core/test/machine/late-answers.test.ts",
      title: "neither brings the former session back nor touches the new one",
    },
  },
  {
    name: "a revocation that was given up is confirmed by its late answer",
    file: "packages/core/src/machine/answering.ts",
    find: 'work.intent !== "revoke" || work.ticket !== event.ticket',
    replace: 'work.intent !== "revoke"',
    seenBy: {
      file: "packages/core/test/machine/late-answers.test.ts",
      title: "the confirmation of a revocation that was given up confirms nothing later",
    },
  },
  {
    name: "a sign-out of all sessions during a login ends only the new one",
    file: "packages/core/src/machine/signing.ts",
    find: "return supersede(idle, turn, work.signedOut);",
    replace: 'return supersede(idle, turn, "this");',
    seenBy: {
      file: "packages/core/test/machine/logins.test.ts",
      title: "of all sessions during a login stays one of all once the new session's cookie is there",
    },
  },
  {
    name: "a second sign-out during a login narrows the first",
    file: "packages/core/src/machine/signing.ts",
    find: 'work.signedOut === "all" ? "all" : scope',
    replace: "scope",
    seenBy: {
      file: "packages/core/test/machine/logins.test.ts",
      title: "of all sessions during a login stays one of all when one of this session follows",
    },
  },
  {
    name: "the server's word of an end takes back a sign-out that it has still to hear of",
    file: "packages/core/src/machine/ending.ts",
    find: 'if (record.status === "out" || record.sessionId !== news.sessionId) return state;',
    replace: "if (record.sessionId !== news.sessionId) return state;",
    seenBy: {
      file: "packages/core/test/machine/news.test.ts",
      title: "takes no sign-out of this browser back that the server has still to hear of",
    },
  },
];
