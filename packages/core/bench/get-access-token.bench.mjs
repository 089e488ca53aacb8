/**
 * What `getAccessToken()` costs a caller when there is a valid token: beside an `async` function that returns a constant,
 * in the same run. The session is the real one, with the real clocks, timers and cookie parsing; only what a browser would
 * bring (cookie jar, locks, network) is a stand-in.
 */
import { bench, run, summary } from "mitata";
import { createBrowserTimers } from "../dist/adapters/browser-timers.js";
import { createCookieRegister } from "../dist/adapters/cookie-register.js";
import { createSystemClock } from "../dist/adapters/system-clock.js";
import { defaultPolicy } from "../dist/machine/policy.js";
import { createRuntime } from "../dist/runtime/runtime.js";
import { assembleSession } from "../dist/session.js";

const ids = {
  sessionId: "GxZ5VBMPS_SuTNhzRwudsA",
  subject: "ada",
  user: { id: "ada" },
  claims: {},
  authTime: 1,
  acr: null,
};
const fresh = { token: "t".repeat(900), revision: 2, lifetimeMs: 3_600_000, identity: ids };

globalThis.document = {
  cookie: [
    "theme=dark; consent=1; _ga=GA1.1.123456789.1234567890",
    `lockstep-epoch=1~1~.${ids.sessionId}`,
    `__Host-lockstep-version=${ids.sessionId}.2`,
  ].join("; "),
};
globalThis.localStorage ??= { getItem: () => null, setItem: () => undefined };
Object.defineProperty(globalThis.navigator, "cookieEnabled", { value: true });

function createPorts(degrade) {
  return {
    clock: createSystemClock(),
    entropy: { roll: () => 0.5, tabId: () => "bench" },
    timers: createBrowserTimers(),
    lock: { request: (_steal, { granted }) => queueMicrotask(granted), release: () => undefined },
    presence: { publish: async () => undefined, withdraw: () => undefined, peers: async () => [] },
    register: createCookieRegister({
      namespace: "lockstep",
      versionCookie: "__Host-lockstep-version",
      isSecure: true,
      degrade,
    }),
    transport: {
      refresh: async () => ({ kind: "granted", fresh }),
      signOut: async () => ({ kind: "done" }),
      readSignIn: async () => ({ kind: "unknown" }),
      identify: () => ids,
    },
    lifecycle: { isVisible: () => true, attach: () => () => undefined },
    activity: { ageMs: () => null, touch: () => undefined, attach: () => () => undefined },
    openChannel: () => ({ post: () => undefined, close: () => undefined }),
  };
}

const session = assembleSession({
  canStart: () => true,
  boot: () => createRuntime({ policy: defaultPolicy, createPorts, report: console.error }),
  fetch,
  isAudience: () => true,
  replayUnsafe: true,
});
if ((await session.getAccessToken()) !== fresh.token)
  throw new Error("The session under measurement has no token.");

const constant = fresh.token;
async function returnConstant() {
  return constant;
}

summary(() => {
  bench("async function that returns a constant", async () => {
    await returnConstant();
  }).baseline();
  bench("getAccessToken() with a valid token", async () => {
    await session.getAccessToken();
  });
});
await run();
session.dispose();
