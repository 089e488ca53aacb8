import {
  createMemoryStore,
  createSessionServer,
  generateSigningKey,
  type GrantBody,
  type SecurityEvent,
  type SessionServer,
  type SessionServerOptions,
  type SessionStore,
  type SignIn,
} from "../src/index.js";

export const ORIGIN = "https://app.example";
export const signingKey = await generateSigningKey();

/** A server with a clock that stands until it is moved, and a record of its events. */
export interface World {
  readonly server: SessionServer;
  readonly store: SessionStore;
  readonly events: SecurityEvent[];
  readonly clock: { now: number };
  /** Moves the clock by seconds. */
  readonly pass: (seconds: number) => void;
  readonly browser: () => Browser;
  /** A browser that is signed in. */
  readonly member: (signIn?: Partial<SignIn>) => Promise<Browser>;
}

export function createWorld(overrides: Partial<SessionServerOptions> = {}): World {
  const clock = { now: Date.UTC(2026, 0, 1) };
  const events: SecurityEvent[] = [];
  const store = overrides.store ?? createMemoryStore();
  const server = createSessionServer({
    store,
    issuer: ORIGIN,
    audience: "https://api.example",
    signingKeys: [signingKey],
    clock: () => clock.now,
    onEvent: (event) => void events.push(event),
    ...overrides,
  });
  const browser = (): Browser => createBrowser(server);
  return {
    server,
    store,
    events,
    clock,
    browser,
    pass: (seconds) => {
      clock.now += seconds * 1000;
    },
    member: async (signIn = {}) => {
      const member = browser();
      await member.signIn({ userId: "ada", ...signIn });
      return member;
    },
  };
}

/** What a refresh answered, with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: GrantBody & { readonly error?: string; readonly reason?: string };
  readonly cookies: readonly string[];
}

export interface RefreshCall {
  readonly attempt?: string;
  readonly activityAge?: number;
  /** Sends these cookies instead of the jar's. */
  readonly jar?: ReadonlyMap<string, string>;
  /** Drops the answer: its cookies never reach the jar (a lost response). */
  readonly lost?: boolean;
}

/** A cookie jar and the three calls that a client makes. */
export interface Browser {
  readonly jar: Map<string, string>;
  readonly signIn: (signIn: SignIn) => Promise<Answer>;
  readonly refresh: (call?: RefreshCall) => Promise<Answer>;
  readonly signOut: (scope?: string, jar?: ReadonlyMap<string, string>) => Promise<Answer>;
  /** The refresh token in the jar. */
  readonly token: () => string;
  /** Processes the cookies of an answer, for instance a late one. */
  readonly receive: (answer: Answer) => void;
}

let attempts = 0;

export function createBrowser(server: SessionServer): Browser {
  const jar = new Map<string, string>();

  const receive = (answer: Answer): void => {
    for (const cookie of answer.cookies) {
      const [, name = "", value = "", maxAge] = /^([^=]+)=([^;]*);.*Max-Age=(\d+)/.exec(cookie) ?? [];
      if (maxAge === "0") jar.delete(name);
      else jar.set(name, value);
    }
  };

  const send = async (answering: Promise<Response>, lost = false): Promise<Answer> => {
    const answer = await readAnswer(await answering);
    if (!lost) receive(answer);
    return answer;
  };

  return {
    jar,
    receive,
    token: () => jar.get("__Host-lockstep") ?? "",
    signIn: (signIn) => send(server.start(request("/login", { jar }), signIn)),
    refresh: ({ attempt = `attempt-${(attempts += 1)}`, activityAge, jar: sent = jar, lost } = {}) => {
      const body = JSON.stringify({ attempt, activity_age: activityAge });
      return send(server.handler(request("/session/refresh", { jar: sent, body })), lost);
    },
    signOut: (scope = "this", sent = jar) =>
      send(server.handler(request("/session/sign-out", { jar: sent, body: JSON.stringify({ scope }) }))),
  };
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? {} : JSON.parse(text),
    cookies: response.headers.getSetCookie(),
  };
}

export interface RequestParts {
  readonly jar?: ReadonlyMap<string, string>;
  readonly method?: string;
  readonly body?: string;
  readonly origin?: string;
  /** `null` removes a header that the default would send. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

/** A request as a browser on the server's own origin sends it, unless told otherwise. */
export function request(path: string, parts: RequestParts = {}): Request {
  const { jar, method = "POST", body, origin = ORIGIN } = parts;
  const headers = new Headers({
    origin: ORIGIN,
    "sec-fetch-site": "same-origin",
    "lockstep-protocol": "1",
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  });
  if (jar !== undefined && jar.size > 0) {
    headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
  }
  for (const [name, value] of Object.entries(parts.headers ?? {})) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  return new Request(new URL(path, origin), { method, headers, body: body ?? null });
}

/** A jar with another refresh token in it. */
export function jarWith(token: string): ReadonlyMap<string, string> {
  return new Map([["__Host-lockstep", token]]);
}
