/** L13, the server: what is decided about a session is told to every browser that listens, at once, and no notice is lost for good. */

const events = "packages/server/test/events.test.ts";

/** @type {readonly import("../fault.mjs").Fault[]} */
export const telling = [
  {
    name: "what happens while a stream is being opened is missed",
    file: "packages/server/src/push/event-hub.ts",
    find: "seats.set(sessionId, ofSession.add(seat));",
    replace: "setTimeout(() => seats.set(sessionId, ofSession.add(seat)), 5);",
    seenBy: { file: events, title: "misses nothing that happens while its stream is being opened" },
  },
  {
    name: "news that could not be read is forgotten",
    file: "packages/server/src/push/look-queue.ts",
    find: "for (const sessionId of batch) due.add(sessionId);",
    replace: "",
    seenBy: { file: events, title: "forgets no news because the store could not be read just then" },
  },
  {
    name: "a store that was away for a moment is left alone for seconds",
    file: "packages/server/src/push/look-queue.ts",
    find: "if (pause === undefined) rest();",
    replace: "failures += 1;\n      if (pause === undefined) rest();",
    seenBy: { file: events, title: "looks again within two seconds after half a second" },
  },
  {
    name: "a gap in the notices is taken for silence",
    file: "packages/server/src/push/event-hub.ts",
    find: 'notice.kind === "gap" ? seats.keys()',
    replace: 'notice.kind === "gap" ? []',
    seenBy: {
      file: events,
      title: "looks at every session that has a stream when the store says that there was a gap",
    },
  },
  {
    name: "a lost notice is never made up for",
    file: "packages/server/src/push/event-hub.ts",
    find: "if (at >= seat.lookAt) {",
    replace: "if (false) {",
    seenBy: {
      file: events,
      title: "R-143: finds out within an access token's lifetime if a notice was lost",
    },
  },
  {
    name: "a session that runs out by the clock keeps its stream",
    file: "packages/server/src/push/event-hub.ts",
    find: "        record.idleExpiresAt,\n        record.absoluteExpiresAt,\n",
    replace: "",
    seenBy: { file: events, title: "tells when the session is over by the clock" },
  },
  {
    name: "a browser is told that its step-up was a sign-out",
    file: "packages/server/src/push/event-hub.ts",
    find: 'record === null || end === "replaced"',
    replace: "record === null",
    seenBy: { file: events, title: "is told nothing when its own step-up or sign-in replaced the session" },
  },
  {
    name: "a browser that says what it was told of another session misses a change of this one",
    file: "packages/server/src/push/wording.ts",
    find: "return id === sessionId ? Number(generation) : 0;",
    replace: "return Number(generation ?? 0);",
    seenBy: { file: events, title: "H4: is told after a lost connection what it missed" },
  },
  {
    name: "anybody may hear of a session whose id they know",
    file: "packages/server/src/push/answering.ts",
    find: "if (record === null || !(await mayHear(record)))",
    replace: "if (record === null)",
    seenBy: { file: events, title: "R-142: gets a 401 that changes no cookie" },
  },
  {
    name: "a change of a user is lost to a refresh at the same moment",
    file: "packages/server/src/changing-users.ts",
    find: "    record = await context.store.read(record.id);",
    replace: "    return;",
    seenBy: {
      file: "packages/server/test/changing-users.test.ts",
      title: "R-093: a change and a refresh at the same moment both count",
    },
  },
  {
    name: "a store does not tell that a session ended",
    file: "packages/server/src/session-record.ts",
    find: "return end !== null || staleGeneration === generation;",
    replace: "return staleGeneration === generation;",
    seenBy: {
      file: "packages/server/test/memory-store.test.ts",
      title: "R-143: who watches hears of sessions that end",
    },
  },
  {
    name: "other processes of a SQLite file are told nothing",
    file: "packages/server/src/stores/sqlite.ts",
    find: "timer = setInterval(look, WATCH_INTERVAL_MS);",
    replace: "timer = setInterval(() => undefined, WATCH_INTERVAL_MS);",
    seenBy: { file: "packages/server/test/sqlite-store.test.ts", title: "R-143" },
  },
];
