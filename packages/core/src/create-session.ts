/** The composition root: options become a policy, the platform's parts become ports, and both become a session. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { createBrowserEntropy } from "./adapters/browser-entropy.js";
import { createBrowserTimers } from "./adapters/browser-timers.js";
import { createCookieRegister } from "./adapters/cookie-register.js";
import { createFetchTransport } from "./adapters/fetch-transport.js";
import { createLockPresence } from "./adapters/lock-presence.js";
import { openChannel } from "./adapters/native-channel.js";
import { createPageLifecycle } from "./adapters/page-lifecycle.js";
import { createSystemClock } from "./adapters/system-clock.js";
import { createUserActivity } from "./adapters/user-activity.js";
import { createWebLock } from "./adapters/web-lock.js";
import { createLockstepBackend } from "./backends/lockstep.js";
import { createIdentityReader, readLifetimeMs } from "./backends/token-reader.js";
import { defaultPolicy } from "./machine/policy.js";
import { checkOptions, type CheckedOptions, type SessionOptions } from "./options.js";
import type { Degrade, LockPort, Ports } from "./runtime/ports.js";
import { createRuntime } from "./runtime/runtime.js";
import { assembleSession, type Session } from "./session.js";

/** What the subscriber of a session threw is the application's: it surfaces as an uncaught error, and stops nobody else. */
function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else
    setTimeout(() => {
      throw error;
    });
}

/** Where there is a document. Workers and servers have locks and channels too, and no session. */
function isBrowser(): boolean {
  return typeof document !== "undefined" && typeof location !== "undefined";
}

function createBrowserPorts(
  options: CheckedOptions,
  fetch: typeof globalThis.fetch,
  degrade: Degrade,
): Ports {
  const { namespace } = options;
  // Against the page's own address: a foreign `<base>` moves nothing of ours (attack A4).
  const endpoint = new URL(options.endpoint, location.href);
  const isSecure = location.protocol === "https:";
  if (!isSecureContext) degrade("context", "insecure");

  // The prefix keeps sibling subdomains from planting cookies of ours (attack F7).
  const cookieBase = `${isSecure ? "__Host-" : ""}${namespace}`;

  const clock = createSystemClock();
  const identify = createIdentityReader(options.claims, report);
  const { locks } = navigator as Partial<Navigator>;
  const sharesHost = endpoint.hostname === location.hostname;
  const entropy = createBrowserEntropy();
  const timers = createBrowserTimers();
  const isSameOrigin = endpoint.origin === location.origin;
  const platform = { clock, entropy, timers, endpoint: endpoint.href, isSameOrigin, fetch, namespace, locks };
  const whenHidden = options.events === "always";
  return {
    clock,
    entropy,
    timers,
    lock: createWebLock(`${namespace}:refresh`, locks),
    presence: createLockPresence(`${namespace}:tab:`, locks),
    register: createCookieRegister({
      namespace: cookieBase,
      versionCookie: sharesHost ? `${cookieBase}-version` : null,
      isSecure,
      degrade,
    }),
    transport: createFetchTransport({
      endpoint: endpoint.href,
      isSameOrigin,
      fetch,
      backend: createLockstepBackend({ readIdentity: identify, readLifetimeMs, wall: clock.wall }),
      identify,
    }),
    lifecycle: createPageLifecycle(),
    activity: createUserActivity(namespace, clock),
    loadListener: options.events
      ? async (hooks) => {
          const { createBrowserListener } = await import("./listening/browser-listener.js");
          return createBrowserListener({ ...platform, ...hooks, whenHidden });
        }
      : undefined,
    openChannel: (onMessage) => openChannel(namespace, onMessage, degrade),
  };
}

/** A lock of a browser that need not be there yet. */
function lazyLock(create: () => LockPort): LockPort {
  let lock: LockPort | null = null;
  return {
    request: (...call) => (lock ??= create()).request(...call),
    release: () => lock?.release(),
  };
}

/**
 * Creates a session. Has no side effect: nothing is read, sent or listened to before `start()` or the first use, so that
 * it may run at module level and on a server.
 *
 * `User` is the type of what the server tells of the user; name it on the variable: `const session: Session<unknown, User> = createSession()`.
 *
 * @throws {@link SessionError} `invalid-option`, naming the option and the remedy.
 * @example
 * ```ts
 * import { createSession } from "@lockstep/core";
 *
 * export const session = createSession({ endpoint: "/session", audience: ["https://api.example.com"] });
 * const response = await session.fetch("https://api.example.com/orders");
 * ```
 */
export function createSession<Schema extends StandardSchemaV1 = StandardSchemaV1, User = unknown>(
  options: SessionOptions<Schema> = {},
): Session<StandardSchemaV1.InferOutput<Schema>, User> {
  const checked = checkOptions(options);
  const { namespace, stepUp } = checked;
  const { shareToken, keepFresh, replayUnsafe, audience } = checked;
  const { idleWarning: idleWarningMs, expiryWarning: expiryWarningMs } = checked;
  // Taken now: what patches `fetch` later does not get to see a token. No defence against an earlier script.
  const fetch = globalThis.fetch?.bind(globalThis);
  const session = assembleSession({
    canStart: isBrowser,
    boot() {
      return createRuntime({
        policy: { ...defaultPolicy, shareToken, keepFresh, idleWarningMs, expiryWarningMs },
        createPorts: (degrade) => createBrowserPorts(checked, fetch, degrade),
        report,
      });
    },
    fetch,
    // `blob:` and `data:` URLs have origins too.
    isAudience: ({ protocol, origin }) =>
      protocol.startsWith("http") &&
      (audience.includes(origin) || (isBrowser() && origin === location.origin)),
    replayUnsafe,
    endpoint: () => new URL(checked.endpoint, location.href).href,
    stepUp: stepUp && {
      handler: stepUp,
      // Both are asked for when somebody steps up, in a browser then.
      lock: lazyLock(() => createWebLock(`${namespace}:step-up`, (navigator as Partial<Navigator>).locks)),
      timers: createBrowserTimers(),
      isVisible: () => document.visibilityState === "visible",
      onVisibility(listener) {
        document.addEventListener("visibilitychange", listener);
        return () => document.removeEventListener("visibilitychange", listener);
      },
    },
  });
  return session as Session<StandardSchemaV1.InferOutput<Schema>, User>;
}
