import type { Failure } from "../machine/outcome.js";
import type { SignOutScope } from "../machine/version.js";
import { bareOptions } from "../bare-options.js";
import type { Answer, Backend, TransportPort } from "../runtime/ports.js";

/** Sent with every request of ours; makes a cross-origin one need a preflight. */
const protocolHeader = "Lockstep-Protocol";
const protocolVersion = "1";

/** Of an answer's body no more than this is read: a grant is a few kilobytes. */
const maxBodyLength = 1_048_576;

export interface FetchTransportOptions {
  /** The endpoint's absolute URL, without a slash at its end. */
  readonly endpoint: string;
  readonly isSameOrigin: boolean;
  readonly fetch: typeof globalThis.fetch;
  readonly backend: Backend;
  readonly identify: TransportPort["identify"];
}

interface Failed {
  readonly kind: "failed";
  readonly failure: Failure;
}

/** The body as JSON, `undefined` if it is anything else. */
async function readAnswer(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const text = await response.text();
  let body: unknown;
  try {
    body = text.length > maxBodyLength ? undefined : JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status, headers, body };
}

function isResponse(value: unknown): value is Response {
  return typeof Response !== "undefined" && value instanceof Response;
}

/**
 * Requests to the session endpoint. `keepalive` is what saves the rotated cookie when the tab dies before the answer
 * (P6), and nothing here is ever aborted: an aborted refresh loses its cookie.
 */
export function createFetchTransport(options: FetchTransportOptions): TransportPort {
  const { endpoint, isSameOrigin, backend, identify } = options;
  const send = options.fetch;

  /** Every member set: a polluted `Object.prototype` reaches the options of `fetch` (R-006, attack B1). */
  function post(path: string, body: object): Promise<Response> {
    const headers = bareOptions({
      "Content-Type": "application/json",
      Accept: "application/json",
      [protocolHeader]: protocolVersion,
    });
    const init: RequestInit = {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      mode: isSameOrigin ? "same-origin" : "cors",
      credentials: isSameOrigin ? "same-origin" : "include",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "same-origin",
      integrity: "",
      keepalive: true,
      signal: null,
      window: null,
    };
    return send(`${endpoint}${path}`, bareOptions(init));
  }

  /** One exchange. A `TypeError` tells nothing: offline, CORS, a redirect, a body cut in the middle (scenario 18). */
  async function exchange<Outcome>(
    path: string,
    body: object,
    read: (answer: Answer) => Outcome,
  ): Promise<Outcome | Failed> {
    let answer: Answer | null = null;
    try {
      answer = await readAnswer(await post(path, body));
      return read(answer);
    } catch {
      return { kind: "failed", failure: { code: answer === null ? "network" : "bad-answer" } };
    }
  }

  return {
    refresh(attempt, activityAgeMs, extension) {
      const activity = activityAgeMs === null ? {} : { activity_age: Math.floor(activityAgeMs / 1_000) };
      return extension === null
        ? exchange("/refresh", { attempt, ...activity }, backend.refreshOutcome)
        : exchange("/extend", { attempt, ...activity, minutes: extension }, backend.refreshOutcome);
    },
    signOut: (scope: SignOutScope) => exchange("/sign-out", { scope }, backend.signOutOutcome),
    stepUp: (proof) => post("/step-up", proof),
    async readSignIn(answer) {
      try {
        return backend.signInOutcome(
          // A copy: the answer itself is the application's to read.
          isResponse(answer)
            ? await readAnswer(answer.clone())
            : { status: 200, headers: new Headers(), body: answer },
        );
      } catch {
        return { kind: isResponse(answer) && !answer.ok ? "failed" : "unknown" };
      }
    },
    identify,
  };
}
