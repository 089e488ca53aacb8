/** The list of the user's sessions, and an end to one of them: requests to the session endpoint with the access token. */
import { bareOptions } from "./bare-options.js";
import { isSessionError, SessionError } from "./errors.js";

/** One of the user's sessions, on whatever device. All moments are milliseconds since 1970 by the server's clock. */
export interface SessionInfo {
  readonly id: string;
  /** Whether it is this one. */
  readonly current: boolean;
  /** As its browser describes it; `null` where it does not. */
  readonly device: {
    readonly browser: string | null;
    readonly os: string | null;
    readonly kind: "desktop" | "mobile" | "tablet" | "tv" | null;
  };
  readonly address: string | null;
  /** A coarse place, if the server knows one. */
  readonly location: string | null;
  readonly signedInAt: number;
  readonly lastUsedAt: number;
}

export interface SessionControl {
  /**
   * The user's live sessions, the last used one first.
   *
   * @throws {@link SessionError} `network`, `unavailable`, `rate-limited`, `refused`, `bad-answer`; as `getAccessToken`.
   */
  list(): Promise<readonly SessionInfo[]>;
  /**
   * Ends one of them; this one by a sign-out. A session that is over already is no error. Where the server wants a recent
   * authentication for it, the user steps up first.
   *
   * @throws {@link SessionError} as {@link SessionControl.list}, and the codes of a step-up.
   */
  revoke(id: string): Promise<void>;
}

export interface SessionControlOptions {
  /** The absolute URL of the session endpoint. */
  readonly endpoint: () => string;
  /** `fetch` with the token, for that origin. */
  readonly fetch: typeof globalThis.fetch;
  /** Rejects while nobody is signed in. */
  readonly assertSignedIn: () => Promise<unknown>;
  /** The id of the session of this browser. */
  readonly ownId: () => string | null;
  readonly signOut: () => Promise<unknown>;
}

/** What stands for itself in a path (RFC 3986 §2.3), and leads nowhere else. */
const pathSegment = /^(?!\.+$)[\w.~-]{1,128}$/;

interface WireSession {
  readonly id: string;
  readonly current: boolean;
  readonly device: SessionInfo["device"];
  readonly address: string | null;
  readonly location: string | null;
  readonly signed_in_at: number;
  readonly last_used_at: number;
}

export function createSessionControl(options: SessionControlOptions): SessionControl {
  const { endpoint, fetch, assertSignedIn, ownId, signOut } = options;

  async function exchange(method: "GET" | "DELETE", path: string): Promise<Response> {
    await assertSignedIn();
    const headers = bareOptions({ Accept: "application/json", "Lockstep-Protocol": "1" });
    const init: RequestInit = {
      method,
      headers,
      credentials: "include",
      cache: "no-store",
      redirect: "error",
    };
    try {
      return await fetch(`${endpoint()}${path}`, bareOptions(init));
    } catch (cause) {
      if (isSessionError(cause)) throw cause;
      throw new SessionError("network", "The session endpoint could not be reached.", { cause });
    }
  }

  return {
    async list() {
      const response = await exchange("GET", "/sessions");
      if (response.status !== 200) throw failed(response);
      const sessions = readList(await response.json().catch(() => null));
      if (sessions === null) throw new SessionError("bad-answer", "The answer is no list of sessions.");
      return sessions;
    },
    async revoke(id) {
      if (typeof id !== "string" || !pathSegment.test(id))
        throw new SessionError("invalid-option", "revoke: pass the `id` of a session that `list()` told.");
      if (id === ownId()) {
        await signOut();
        return;
      }
      const response = await exchange("DELETE", `/sessions/${id}`);
      if (response.status !== 204 && response.status !== 404) throw failed(response);
    },
  };
}

function isWireSession(value: unknown): value is WireSession {
  const session = value as WireSession | null | undefined;
  return (
    typeof session?.id === "string" &&
    typeof session.device === "object" &&
    session.device !== null &&
    Number.isFinite(session.signed_in_at) &&
    Number.isFinite(session.last_used_at)
  );
}

/** `null`: the body is none. */
function readList(body: unknown): readonly SessionInfo[] | null {
  const list: unknown = (body as { readonly sessions?: unknown } | null)?.sessions;
  if (!Array.isArray(list) || !list.every(isWireSession)) return null;
  return list.map(({ id, current, device, address, location, signed_in_at, last_used_at }) => ({
    id,
    current,
    device,
    address,
    location,
    signedInAt: signed_in_at * 1_000,
    lastUsedAt: last_used_at * 1_000,
  }));
}

function failed({ status }: Response): SessionError {
  const code = status === 429 ? "rate-limited" : status >= 500 ? "unavailable" : "refused";
  return new SessionError(code, `The session endpoint answered ${status}.`, { status });
}
