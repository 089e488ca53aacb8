import { isJsonObject, type JsonObject } from "./json.js";
import { RequestProblem } from "./request-problem.js";
import type { Attempt } from "./rotation.js";

const LARGEST_BODY_BYTES = 4096;

/** Which sessions a sign-out ends. */
export type SignOutScope = "this" | "others" | "all";

/**
 * Reads the body of a refresh.
 *
 * @throws RequestProblem `invalid_request`, `content_too_large`
 */
export async function readAttempt(request: Request): Promise<Attempt> {
  return toAttempt(await readJsonObject(request));
}

/** A day more than a year; the policy of the server allows less. */
const MOST_MINUTES = 400 * 24 * 60;

/**
 * Reads the body of an extension, of which no more is kept than the policy allows.
 *
 * @throws RequestProblem `invalid_request`, `content_too_large`
 */
export async function readExtension(request: Request, limitMs: number): Promise<Attempt> {
  const body = await readJsonObject(request);
  const { minutes } = body as { minutes?: unknown };
  if (!Number.isInteger(minutes) || (minutes as number) < 1 || (minutes as number) > MOST_MINUTES) {
    throw invalid(`\`minutes\` must be a whole number from 1 to ${MOST_MINUTES}.`);
  }
  return { ...toAttempt(body), extensionMs: Math.min((minutes as number) * 60_000, limitMs) };
}

function toAttempt(body: JsonObject): Attempt {
  const { attempt, activity_age: activityAge } = body as { attempt?: unknown; activity_age?: unknown };
  if (typeof attempt !== "string" || !/^[A-Za-z0-9_-]{1,64}$/.test(attempt)) {
    throw invalid("`attempt` must be 1 to 64 characters of A-Z, a-z, 0-9, - and _.");
  }
  if (activityAge === undefined) return { nonce: attempt, activityAgeSeconds: undefined };
  if (typeof activityAge !== "number" || !Number.isFinite(activityAge) || activityAge < 0) {
    throw invalid("`activity_age` must be a number of seconds, 0 or more.");
  }
  return { nonce: attempt, activityAgeSeconds: activityAge };
}

/**
 * Reads the body of a sign-out; no body means this session.
 *
 * @throws RequestProblem `invalid_request`, `content_too_large`
 */
export async function readSignOutScope(request: Request): Promise<SignOutScope> {
  const { scope = "this" } = (await readJsonObject(request)) as { scope?: unknown };
  if (scope === "this" || scope === "others" || scope === "all") return scope;
  throw invalid("`scope` must be this, others or all.");
}

async function readJsonObject(request: Request): Promise<JsonObject> {
  const text = await readText(request);
  if (text === "") {
    // A body that has a type and is empty was read by somebody else: what it asked for is not known, and not to be guessed.
    if (request.headers.has("content-type")) throw readBefore();
    return {};
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("The body is not JSON.");
  }
  if (!isJsonObject(value)) throw invalid("The body is not a JSON object.");
  // Own members only: `{"__proto__": …}` must not lend members to anybody.
  return Object.assign(Object.create(null) as JsonObject, value);
}

async function readText(request: Request): Promise<string> {
  // The declared length saves the reading; the counted one is the truth.
  if (Number(request.headers.get("content-length") ?? 0) > LARGEST_BODY_BYTES) throw tooLarge();
  if (request.bodyUsed) throw readBefore();
  if (request.body === null) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reader = request.body.getReader();
  let text = "";
  let byteCount = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      byteCount += value.byteLength;
      if (byteCount > LARGEST_BODY_BYTES) throw tooLarge();
      text += decoder.decode(value, { stream: true });
    }
  } catch (cause) {
    reader.cancel().catch(() => undefined);
    throw cause instanceof RequestProblem ? cause : invalid("The body could not be read.");
  }
}

function invalid(description: string): RequestProblem {
  return new RequestProblem("invalid_request", description);
}

function readBefore(): RequestProblem {
  return invalid("The body is empty, or was read before: nothing may parse it before the handler does.");
}

function tooLarge(): RequestProblem {
  return new RequestProblem("content_too_large", `The body is larger than ${LARGEST_BODY_BYTES} bytes.`);
}
