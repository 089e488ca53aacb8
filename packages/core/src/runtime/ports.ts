/**
 * Every place where the session touches the platform: one port each, no decisions in any. Adapters implement them for
 * the browser; tests and `@lockstep/testing` bring their own, and both pass the same conformance suites.
 */
import type { Event, Peer, WakeCause } from "../machine/event.js";
import type { InspectionEvent } from "../machine/inspection.js";
import type { Identity, RefreshOutcome, SignInOutcome, SignOutOutcome } from "../machine/outcome.js";
import type { Hold, Lifetime, RegisterReading } from "../machine/register.js";
import type { State } from "../machine/state.js";
import type { EpochRecord, SignOutScope } from "../machine/version.js";

/** How a port says that the platform gave it less than it hoped for. */
export type Degrade = (port: string, reason: string) => void;

export interface ClockPort {
  /** This tab's own clock in milliseconds: never goes back, counts sleep, ignores a wall clock stepped back. */
  now(): number;
  /** The wall clock that all tabs of the machine share. */
  wall(): number;
}

export interface EntropyPort {
  /** 0 ≤ roll < 1. */
  roll(): number;
  /** A name for this tab, unique among tabs: at most 24 characters of `[A-Za-z0-9_-]`. */
  tabId(): string;
}

export interface TimersPort {
  /** Arming a name replaces its timer. Any finite or infinite delay is fine. */
  arm(name: string, delayMs: number, fire: () => void): void;
  cancel(name: string): void;
  cancelAll(): void;
}

export interface LockCallbacks {
  granted(): void;
  /** There are no locks here, or they are refused: go on without. */
  refused(reason: string): void;
  /** Another tab stole it while we held it. */
  stolen(): void;
}

/** One exclusive lock that all tabs queue for. */
export interface LockPort {
  /** Replaces a request of this tab that is still queued. */
  request(steal: boolean, callbacks: LockCallbacks): void;
  /** Leaves the queue or gives the lock back; no callback of that request runs afterwards. */
  release(): void;
}

/** Which tabs are alive and what they hold. */
export interface PresencePort {
  /** Resolves once other tabs can see it, or at once where they never will. */
  publish(peer: Peer): Promise<void>;
  withdraw(): void;
  /** `null` where nobody can tell. Never rejects. */
  peers(): Promise<readonly Peer[] | null>;
}

export interface RegisterPort {
  read(): RegisterReading;
  writeRecord(record: EpochRecord): void;
  writeHold(hold: Hold | null): void;
  writeLifetime(lifetime: Lifetime): void;
  /** `on` hears when another tab's word that the session is over has arrived here, where anybody can tell. Returns the detacher. */
  attach(on: () => void): () => void;
}

export interface ChannelPort {
  post(message: unknown): void;
  close(): void;
}

export interface TransportPort {
  /**
   * Never rejects, and never aborts what it sent.
   *
   * @param extension minutes without activity that the session shall last from now on
   */
  refresh(attempt: string, activityAgeMs: number | null, extension: number | null): Promise<RefreshOutcome>;
  signOut(scope: SignOutScope): Promise<SignOutOutcome>;
  /** Sends what a user proved; the answer is read as that of a login call. */
  stepUp(proof: object): Promise<unknown>;
  /** What a login call's answer says of the new session. Never rejects. */
  readSignIn(answer: unknown): Promise<SignInOutcome>;
  /** Who a sibling's token is about; `null` if the claims are not what the application says they are. */
  identify(token: string, known: Omit<Identity, "subject" | "claims">): Identity | null;
}

/** The part of `Headers` that reading an answer needs. */
export interface AnswerHeaders {
  get(name: string): string | null;
}

/** An answer with its body read; `body` is `undefined` where it is not JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: unknown;
}

/** How one backend's answers become outcomes. */
export interface Backend {
  refreshOutcome(answer: Answer): RefreshOutcome;
  signOutOutcome(answer: Answer): SignOutOutcome;
  signInOutcome(answer: Answer): SignInOutcome;
}

export type LifecycleEvent =
  | { readonly type: "woke"; readonly cause: WakeCause }
  | { readonly type: "hidden" }
  | { readonly type: "suspended"; readonly cause: "left" | "frozen" };

export interface LifecyclePort {
  isVisible(): boolean;
  /** Returns the detacher. */
  attach(on: (event: LifecycleEvent) => void): () => void;
}

/** When the user last did something, in any tab. Background work never counts (L10). */
export interface ActivityPort {
  /** Milliseconds since then, `null` if never. */
  ageMs(): number | null;
  /** Counts as activity now. */
  touch(): void;
  /** Watches the user in this tab; `on` hears of it, again a few seconds after it was last made to count. Returns the detacher. */
  attach(on: () => void): () => void;
}

/** What listens to the server, for all tabs of the browser. */
export interface ListenerPort {
  /** After each turn. */
  look(state: State): void;
  /** The connection is back. */
  online(): void;
  stop(): void;
}

export interface ListenerHooks {
  readonly send: (event: Event) => void;
  readonly inspect: (event: InspectionEvent) => void;
}

export interface Ports {
  readonly clock: ClockPort;
  readonly entropy: EntropyPort;
  readonly timers: TimersPort;
  readonly lock: LockPort;
  readonly presence: PresencePort;
  readonly register: RegisterPort;
  readonly transport: TransportPort;
  readonly lifecycle: LifecyclePort;
  readonly activity: ActivityPort;
  /** Loads what listens, once somebody is signed in. Without it, nobody does. */
  readonly loadListener?: ((hooks: ListenerHooks) => Promise<ListenerPort>) | undefined;
  /** Opens the channel. May throw: then this tab goes without. */
  openChannel(onMessage: (data: unknown) => void): ChannelPort;
}

/** Ports for one session; what the platform lacks is reported through `degrade`. */
export type PortsFactory = (degrade: Degrade) => Ports;
