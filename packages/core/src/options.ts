/** What an application may say, checked before anything depends on it. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { bareOptions } from "./bare-options.js";
import { SessionError } from "./errors.js";
import { defaultPolicy } from "./machine/policy.js";
import type { StepUpHandler } from "./step-up.js";

/** Options of `createSession`. All have defaults. */
export interface SessionOptions<Schema extends StandardSchemaV1 = StandardSchemaV1> {
  /** Where the session endpoints are: a path, or an absolute `https:` URL. Default `/session`. */
  readonly endpoint?: string;
  /**
   * The origins besides the page's own that get the token, exactly: scheme, host and port (L8). `https:` only, except on
   * loopback hosts. Default none.
   */
  readonly audience?: readonly string[];
  /** Names this session's cookies, locks and channel; 1 to 32 of `[a-z0-9-]`. The server's cookies carry the same. Default `lockstep`. */
  readonly namespace?: string;
  /** Hand the access token to sibling tabs over the native BroadcastChannel. `false` costs one refresh a tab. Default `true`. */
  readonly shareToken?: boolean;
  /** Refresh ahead of expiry also in hidden tabs. Default `false`: they refresh when somebody asks (L10). */
  readonly keepFresh?: boolean;
  /** Send methods that are not idempotent a second time after a 401. Default `true`: a 401 means that nothing was done. */
  readonly replayUnsafe?: boolean;
  /**
   * Asks the user to prove again who they are, when an API answers that what they proved does not do (RFC 9470) or `stepUp()` is
   * called. Returns what the server is to check, or `null` if the user would not. Default: nobody is asked, and such an answer
   * is the answer.
   */
  readonly stepUp?: StepUpHandler;
  /**
   * How long before the session idles out the user is warned (`warning` in the snapshot), in milliseconds, up to a day; at most half
   * of the server's limit. Default 60 000; 0: not at all.
   */
  readonly idleWarning?: number;
  /** The same for the session's absolute end. Default 300 000. */
  readonly expiryWarning?: number;
  /**
   * Listen to the server, so that a revocation or a change of the user's roles reaches all tabs within a second (L13): one stream a
   * browser, held by a tab that is seen. `"always"`: a hidden one will do. `false`: tabs find out with their next refresh.
   * Default `"visible"`.
   */
  readonly events?: "visible" | "always" | false;
  /** A synchronous Standard Schema validator for the access token's claims; gives them their type. Default: unchecked. */
  readonly claims?: Schema;
}

/** The options with their defaults, checked as far as that can be done without a browser. */
export interface CheckedOptions {
  readonly endpoint: string;
  readonly audience: readonly string[];
  readonly namespace: string;
  readonly shareToken: boolean;
  readonly keepFresh: boolean;
  readonly replayUnsafe: boolean;
  readonly stepUp: StepUpHandler | null;
  readonly idleWarning: number;
  readonly expiryWarning: number;
  readonly events: "visible" | "always" | false;
  readonly claims: StandardSchemaV1 | undefined;
}

function invalid(name: string, remedy: string): SessionError {
  return new SessionError("invalid-option", `createSession: \`${name}\` ${remedy}`);
}

/** `http:` is for development on this very machine. */
function isTrustworthy({ protocol, hostname }: URL): boolean {
  return (
    protocol === "https:" ||
    (protocol === "http:" && /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
  );
}

function parse(text: string, base?: string): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

function checkEndpoint(endpoint: unknown): string {
  const remedy = 'must be a path such as "/session" or an absolute https: URL, without query and fragment.';
  if (typeof endpoint !== "string" || endpoint === "") throw invalid("endpoint", remedy);
  const isPath = /^\/(?![/\\])/.test(endpoint);
  const url = parse(endpoint, isPath ? "https://page.invalid" : undefined);
  if (url === null || !isTrustworthy(url) || url.search !== "" || url.hash !== "" || url.username !== "")
    throw invalid("endpoint", remedy);
  return endpoint.replace(/\/+$/, "");
}

function checkOrigin(text: unknown): string {
  const url = typeof text === "string" ? parse(text) : null;
  const isExact =
    url !== null && !url.hostname.includes("*") && (text === url.origin || text === `${url.origin}/`);
  if (!isExact || !isTrustworthy(url))
    throw invalid(
      "audience",
      `must list exact https: origins such as "https://api.example.com"; ${JSON.stringify(text)} is none.`,
    );
  return url.origin;
}

function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw invalid(name, "must be true or false.");
  return value;
}

function checkWarning(name: string, value: unknown): number {
  if (typeof value !== "number" || !(value >= 0 && value <= 86_400_000))
    throw invalid(name, "must be a number of milliseconds from 0 to 86 400 000.");
  return value;
}

const whenToListen: ReadonlySet<unknown> = new Set<CheckedOptions["events"]>(["visible", "always", false]);

const names: ReadonlySet<string> = new Set([
  "endpoint",
  "audience",
  "namespace",
  "shareToken",
  "keepFresh",
  "replayUnsafe",
  "stepUp",
  "idleWarning",
  "expiryWarning",
  "events",
  "claims",
]);

/** Checks what the application said. @throws {@link SessionError} `invalid-option`, naming the option and the remedy. */
export function checkOptions(options: SessionOptions): CheckedOptions {
  for (const name of Object.keys(options)) if (!names.has(name)) throw invalid(name, `is not an option.`);
  const {
    endpoint = "/session",
    audience = [],
    namespace = "lockstep",
    shareToken = true,
    keepFresh = false,
    replayUnsafe = true,
    stepUp = null,
    idleWarning = defaultPolicy.idleWarningMs,
    expiryWarning = defaultPolicy.expiryWarningMs,
    events = "visible",
    claims,
  } = bareOptions(options);
  if (!Array.isArray(audience)) throw invalid("audience", "must be an array of origins.");
  if (typeof namespace !== "string" || !/^[a-z0-9][a-z0-9-]{0,31}$/.test(namespace))
    throw invalid("namespace", "must be 1 to 32 of a-z, 0-9 and -, not beginning with -.");
  if (stepUp !== null && typeof stepUp !== "function") throw invalid("stepUp", "must be a function.");
  if (!whenToListen.has(events)) throw invalid("events", 'must be "visible", "always" or false.');
  if (
    claims !== undefined &&
    typeof (claims as StandardSchemaV1 | null)?.["~standard"]?.validate !== "function"
  )
    throw invalid("claims", "must be a Standard Schema (Zod, Valibot, ArkType …).");
  return {
    endpoint: checkEndpoint(endpoint),
    audience: audience.map(checkOrigin),
    namespace,
    shareToken: checkBoolean("shareToken", shareToken),
    keepFresh: checkBoolean("keepFresh", keepFresh),
    replayUnsafe: checkBoolean("replayUnsafe", replayUnsafe),
    stepUp,
    idleWarning: checkWarning("idleWarning", idleWarning),
    expiryWarning: checkWarning("expiryWarning", expiryWarning),
    events,
    claims,
  };
}
