/** L9: when messages drain, all live tabs agree on who is signed in. */

/** @type {readonly import("../fault.mjs").Fault[]} */
export const convergence = [
  {
    name: "tabs break a tie by who compares",
    file: "packages/core/src/machine/version.ts",
    find: "return left < right ? -1 : 1;",
    replace: "return -1;",
    seenBy: {
      file: "packages/core/test/machine/properties.test.ts",
      title: "adopting the later record is associative, commutative and idempotent",
    },
  },
  {
    name: "within one epoch a sign-in beats a sign-out",
    file: "packages/core/src/machine/version.ts",
    find: 'if (record.status === "in") return 0;',
    replace: 'if (record.status === "in") return 3;',
    seenBy: {
      file: "packages/core/test/machine/properties.test.ts",
      title: "L3: within one epoch a sign-out beats a sign-in",
    },
  },
  {
    name: "a page restored from bfcache does not read the register again",
    file: "packages/core/src/machine/transition.ts",
    find: "absorb(live, turn)",
    replace: 'event.type === "woke" ? live : absorb(live, turn)',
    seenBy: {
      file: "packages/core/test/machine/life.test.ts",
      title: "scenario 26: restored after a sign-out elsewhere, it shows nothing of the old session",
    },
  },
  {
    name: "a sign-out is not broadcast",
    file: "packages/core/src/machine/ending.ts",
    find: "  broadcastChange(turn, tombstone);\n",
    replace: "",
    seenBy: {
      file: "packages/core/test/runtime/signing-out.test.ts",
      title: "the other tabs know within milliseconds, also while the server says nothing",
    },
  },
  {
    name: "a message's word of a newer epoch is passed over",
    file: "packages/core/src/machine/adopting.ts",
    find: "if (compareEpochs(epoch, (state.rumour ?? state.record).epoch) <= 0) return state;",
    replace: "return state;",
    seenBy: {
      file: "packages/core/test/machine/adoption.test.ts",
      title: "is enough to hand nothing out; the sign-out is acted on when the register shows it",
    },
  },
  {
    name: "a hidden tab goes on showing the former user",
    file: "packages/core/src/machine/truth.ts",
    find: 'else if (next.who.status === "authenticated") next = { ...next, wanted: "token" };',
    replace: "",
    seenBy: {
      file: "packages/core/test/runtime/interleavings.test.ts",
      title: "a hidden tab that gets no token by message learns of an account switch all the same",
    },
  },
  {
    name: "a token of another session is taken over",
    file: "packages/core/src/machine/adopting.ts",
    find: "if (record.sessionId !== null && record.sessionId !== grant.identity.sessionId) return false;",
    replace: "",
    seenBy: {
      file: "packages/core/test/machine/adoption.test.ts",
      title: "a token that does not fit is not taken",
    },
  },
  {
    name: "the application's listeners hear of a restored page first",
    file: "packages/core/src/adapters/page-lifecycle.ts",
    find: "capture: true",
    replace: "capture: false",
    seenBy: {
      file: "packages/core/test/adapters/page-lifecycle.test.ts",
      title: "L9: the session hears of it before the application's own listeners do",
    },
  },
  {
    name: "a token in hand is handed out without a look at the register",
    file: "packages/core/src/runtime/runtime.ts",
    find: "if (at - lookedAt >= lookIntervalMs) look();",
    replace: "",
    seenBy: {
      file: "packages/core/test/runtime/signing-out.test.ts",
      title: "L9: a tab that hears no message hands out nothing either",
    },
    simulation: true,
  },
  {
    name: "a confirmed revocation is nobody else's news",
    file: "packages/core/src/machine/answering.ts",
    find: "  broadcastChange(turn, confirmed);\n",
    replace: "",
    seenBy: {
      file: "packages/core/test/machine/late-answers.test.ts",
      title: "the others are told that the revocation is confirmed",
    },
  },
  {
    name: "a token for another user is refused after an account switch",
    file: "packages/core/src/machine/adopting.ts",
    find: "who.identity.sessionId === grant.identity.sessionId &&",
    replace: "",
    seenBy: {
      file: "packages/core/test/machine/late-answers.test.ts",
      title: "a sibling's token for the new user is taken over",
    },
  },
];
