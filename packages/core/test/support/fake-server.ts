/** A session server without any grace: a refresh cookie that was rotated once and comes again ends the session. */
import type {
  Failure,
  Identity,
  RefreshOutcome,
  SignInOutcome,
  SignOutOutcome,
} from "../../src/machine/outcome.js";
import type { SignOutScope } from "../../src/machine/version.js";
import type { TransportPort } from "../../src/runtime/ports.js";
import type { FakeRegister } from "./fake-ports.js";
import type { ManualTime } from "./manual-time.js";

export interface RefreshRequest {
  readonly at: number;
  readonly attempt: string;
  readonly activityAgeMs: number | null;
}

export interface FakeServer {
  lifetimeMs: number;
  latencyMs: number;
  /** What it answers instead of doing what it is asked; `silence`: nothing. */
  trouble: Failure | "silence" | null;
  /** Answers of its own to a refresh; `null`: the ordinary one. */
  script: ((request: RefreshRequest) => RefreshOutcome | null) | null;
  readonly refreshes: RefreshRequest[];
  readonly signOuts: { readonly at: number; readonly scope: SignOutScope }[];
  /** A login: starts a session, sets its cookies, and answers with its first token. */
  logIn(user: string): SignInOutcome;
  /** Whether the server would take the token now. */
  accepts(token: string): boolean;
  transport(isAlive: () => boolean): TransportPort;
}

interface ServerSession {
  readonly id: string;
  readonly user: string;
  revision: number;
}

export function identify(_token: string, known: Omit<Identity, "subject" | "claims">): Identity {
  const subject = (known.user as { readonly id: string }).id;
  return { ...known, subject, claims: { sub: subject } };
}

export function createFakeServer(time: ManualTime, register: FakeRegister): FakeServer {
  let session: ServerSession | null = null;
  let jar: { readonly id: string; readonly revision: number } | null = null;
  let count = 0;
  const issued = new Map<string, { readonly session: ServerSession; readonly expiresAt: number }>();
  const wire = time.timers();
  /** The server does not sleep when the browser's machine does. */
  let sleptMs = 0;

  function setCookies(): void {
    jar = session && { id: session.id, revision: session.revision };
    if (register.mark === "unreadable") return;
    register.mark = session && { sessionId: session.id, revision: session.revision };
  }

  function issue(server: FakeServer, owner: ServerSession): Extract<SignInOutcome, { kind: "granted" }> {
    const token = `secret-${owner.id}-${owner.revision}-${(count += 1)}`;
    const { lifetimeMs } = server;
    issued.set(token, { session: owner, expiresAt: time.monotonic() + sleptMs + lifetimeMs });
    const known = { sessionId: owner.id, user: { id: owner.user }, authTime: 1_700_000_000, acr: null };
    return {
      kind: "granted",
      fresh: { token, revision: owner.revision, lifetimeMs, identity: identify(token, known) },
    };
  }

  function rotate(server: FakeServer, presented: typeof jar): RefreshOutcome {
    if (session === null || presented?.id !== session.id) return { kind: "ended", reason: "no-session" };
    if (presented.revision !== session.revision) {
      session = null;
      setCookies();
      return { kind: "ended", reason: "reuse-detected" };
    }
    session.revision += 1;
    setCookies();
    return issue(server, session);
  }

  async function travel<Answer>(
    ms: number,
    isAlive: () => boolean,
    answer: () => Answer | null,
  ): Promise<Answer> {
    return new Promise((resolve) => {
      wire.arm(`request ${(count += 1)}`, ms, () => {
        const result = answer();
        if (result !== null && isAlive()) resolve(result);
      });
    });
  }

  const server: FakeServer = {
    lifetimeMs: 300_000,
    latencyMs: 50,
    trouble: null,
    script: null,
    refreshes: [],
    signOuts: [],
    logIn(user) {
      session = { id: `session-${(count += 1)}`, user, revision: 1 };
      setCookies();
      return issue(server, session);
    },
    accepts(token) {
      const known = issued.get(token);
      return known !== undefined && known.session === session && time.monotonic() + sleptMs < known.expiresAt;
    },
    transport: (isAlive) => ({
      identify,
      refresh(attempt, activityAgeMs) {
        const request = { at: time.monotonic(), attempt, activityAgeMs };
        server.refreshes.push(request);
        const presented = jar;
        return travel<RefreshOutcome>(server.latencyMs, isAlive, () => {
          const scripted = server.script?.(request) ?? null;
          if (scripted !== null) return scripted;
          if (server.trouble === "silence") return null;
          return server.trouble === null
            ? rotate(server, presented)
            : { kind: "failed", failure: server.trouble };
        });
      },
      signOut(scope) {
        server.signOuts.push({ at: time.monotonic(), scope });
        return travel<SignOutOutcome>(server.latencyMs, isAlive, () => {
          if (server.trouble === "silence") return null;
          if (server.trouble !== null) return { kind: "failed", failure: server.trouble };
          if (scope !== "others") session = null;
          setCookies();
          return { kind: "done" };
        });
      },
      readSignIn: async (answer) => answer as SignInOutcome,
    }),
  };
  const { sleep } = time;
  time.sleep = (ms) => {
    sleptMs += ms;
    sleep(ms);
  };
  return server;
}
