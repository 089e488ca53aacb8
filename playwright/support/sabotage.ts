/**
 * Faults to build into the SDK: each one breaks a promise, and the tests named must then go red.
 *
 * `node playwright/see-them-fail.mjs` tries them all. A fault whose text is no longer in the core stops the run: put it
 * where the code has gone.
 */
import type { Engine } from "./engines.js";

export interface Sabotage {
  /** Of the built core. */
  readonly file: string;
  /** Stands in that file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** A regular expression over the titles of the tests that see it. */
  readonly seenBy: string;
  /** Where they see it. Default Chromium. */
  readonly engine?: Engine;
}

export const sabotages: Readonly<Record<string, Sabotage>> = {
  "refreshes without keepalive": {
    file: "adapters/fetch-transport.js",
    find: "keepalive: true",
    replace: "keepalive: false",
    seenBy: "scenario 3: a tab (closed|navigated away) mid-refresh|a tab that is closed mid-refresh",
  },
  "nobody's claim is waited for": {
    file: "machine/locking.js",
    find: "if (turn.at >= until)",
    replace: "if (true)",
    seenBy: "scenario 3: a tab (closed|crashed) mid-refresh",
  },
  "the session endpoint's redirects are followed": {
    file: "adapters/fetch-transport.js",
    find: 'redirect: "error"',
    replace: 'redirect: "follow"',
    seenBy: "scenario 18: a redirect to a login page",
  },
  "the token goes to every origin": {
    file: "http/authorised-fetch.js",
    find: "isAudience(new URL(request.url)) &&",
    replace: "true &&",
    seenBy: "scenario 35|attack A4",
  },
  "an old token message is taken after sign-out": {
    file: "machine/adopting.js",
    find: 'if (record.status === "out" || grant.epoch !== record.epoch)',
    replace: "if (false)",
    seenBy: "attacks C3, C4",
  },
  "late answers are not fenced": {
    file: "machine/answering.js",
    find: "if (isFenced(state, work, outcome))",
    replace: "if (false)",
    seenBy: "scenario 22: sign-out in the same tab",
  },
  "any 401 or 403 ends the session": {
    file: "backends/lockstep.js",
    find: 'if (status !== 401 || member(body, "error") !== "session_ended")',
    replace: "if (status !== 401 && status !== 403)",
    seenBy: "scenario 18: a proxy's",
  },
  "an inspection event carries the token": {
    file: "machine/adopting.js",
    find: 'type: "refreshed",',
    replace: 'type: "refreshed", token: fresh.token,',
    seenBy: "scenario 1: two tabs",
  },
  "the fallback channel posts the token": {
    file: "adapters/native-channel.js",
    find: 'return kind === "token" ?',
    replace: "return false ?",
    seenBy: "the fallback writes no token",
  },
  "long timers are not chunked": {
    file: "adapters/browser-timers.js",
    find: "Math.min(delayMs, chunkMs)",
    replace: "delayMs",
    seenBy: "scenario 16: a lifetime beyond",
  },
  "Retry-After is not believed": {
    file: "backends/retry-after.js",
    find: "Number(text) * 1_000",
    replace: "0",
    seenBy: "scenario 17: a 429 with Retry-After in seconds",
  },
  "an expired token is handed out": {
    file: "machine/demand.js",
    find: "isFresh(grant, policy, at, minValidityMs)\n",
    replace: "true\n",
    seenBy: "a token that expired while hidden|scenario 17: a 429 with Retry-After in seconds",
  },
  "sleep does not count as time": {
    file: "adapters/system-clock.js",
    find: "if (leap >= leapMs)",
    replace: "if (false)",
    seenBy: "scenario 1: two tabs",
  },
  "hidden tabs refresh unasked": {
    file: "machine/demand.js",
    find: '(state.wanted === "token" || state.visible || turn.policy.keepFresh)',
    replace: "true",
    seenBy: "scenario 15",
  },
  "a refused young token is refreshed again and again": {
    file: "http/authorised-fetch.js",
    find: "return isYoung ? null :",
    replace: "return false ? null :",
    seenBy: "scenario 11",
  },
  "another user's answer is handed over": {
    file: "http/authorised-fetch.js",
    find: "if (await source.isSameUser(sent))",
    replace: "if (true)",
    seenBy: "scenario 25",
  },
  "a request is repeated with whatever token there is": {
    file: "http/authorised-fetch.js",
    find: "if (!source.isOneUser(sent, newer))",
    replace: "if (false)",
    seenBy: "scenario 25: of 200 requests",
  },
  "the session one is in is revoked like any other": {
    file: "session-control.js",
    find: "if (id === ownId())",
    replace: "if (false)",
    seenBy: "revoking the session one is in",
  },
  "every tab has its user step up": {
    file: "step-up.js",
    find: "lock.request(false, { granted: begin, refused: begin, stolen: () => undefined })",
    replace: "begin()",
    seenBy: "two tabs ask the user once",
  },
  "a sign-out is not broadcast": {
    file: "machine/ending.js",
    find: "    broadcastChange(turn, tombstone);",
    replace: "",
    seenBy: "scenario 26b|scenario 24: offline",
  },
  "a stuck holder is not stolen from": {
    file: "machine/locking.js",
    find: "(!holderHasReason && work.trace === traceOf(turn)) ||",
    replace: "false &&",
    seenBy: "attack B2: a lock of our name",
  },
  "a page that comes back does not look around": {
    file: "adapters/page-lifecycle.js",
    find: "event.persisted",
    replace: "false",
    seenBy: "who comes back after a sign-out elsewhere",
    // Chromium tells a page that it was resumed and is shown as well.
    engine: "webkit",
  },
  "a page that is left keeps the lock": {
    file: "adapters/page-lifecycle.js",
    find: 'listen(window, "pagehide"',
    replace: 'listen(window, "never"',
    seenBy: "a page that is left with the lock",
    // Chromium drops a page whose lock another one wants.
    engine: "webkit",
  },
  "each tab listens for itself": {
    file: "listening/listener.js",
    find: "return lock.request(false, {",
    replace: "return ((_steal, { granted }) => queueMicrotask(granted))(false, {",
    seenBy: "has it at once when its tab is closed|H1: of six tabs",
  },
  "a hidden tab goes on listening": {
    file: "listening/listener.js",
    find: "(visible || whenHidden)",
    replace: "true",
    seenBy: "no stream is open while no tab is seen|when its tab is hidden",
  },
  "a stream that is refused is asked for again and again": {
    file: "listening/machine.js",
    find: "state.refused >= 0",
    replace: "false",
    seenBy: "a stream that is always refused",
  },
  "who is refused a stream does not find out why": {
    file: "listening/machine.js",
    find: '{ type: "refresh" }',
    replace: '{ type: "close" }',
    seenBy: "a stream that is refused once|comes back after its session was revoked",
  },
  "a server without streams is asked again": {
    file: "listening/machine.js",
    find: "return state.hasStood ?",
    replace: "return true ?",
    seenBy: "a server that has no streams",
  },
  "a browser does not say what it was told": {
    file: "listening/fetch-stream.js",
    find: 'lastEventId === ""',
    replace: "true",
    seenBy: "it is not told again",
  },
  "a lock is passed on before its news": {
    file: "listening/machine.js",
    find: 'isOver && phase !== "queued"',
    replace: "false",
    seenBy: "H6, L13",
  },
  "the word of the server is not believed": {
    file: "machine/ending.js",
    find: 'if (news.kind === "ended")',
    replace: "if (false)",
    seenBy: "who is thrown out of one device|H8: listening",
  },
  "what is stale is not refreshed": {
    file: "listening/news.js",
    find: 'event === "stale"',
    replace: "false",
    seenBy: "a change of the user's role|the change that it missed",
  },
};
