/**
 * One browser with one tab: the real machine, and just enough of a platform to obey it. The register keeps what cookies
 * would, through the cookies' own codec; the lock is granted at once; there is no other tab to ask; timers wake up on
 * whole milliseconds. Nothing here knows of back-off.
 */
import {
  decodeHold,
  encodeHold,
  initialState,
  transition,
  type Effect,
  type Event,
  type Hold,
  type Identity,
  type RegisterReading,
  type State,
} from "@lockstep/core/internals";
import type { Random } from "../random.js";
import { Alarms } from "./alarms.js";
import type { Client } from "./client.js";
import { answerTakesMs, lifetimeMs } from "./course.js";
import { untilNextAskMs, type Habits } from "./habits.js";
import type { Observer } from "./observer.js";
import type { Answer, Server } from "./server.js";

export interface BrowserOptions {
  /** Of its tab: at most 24 characters, and no other browser's. */
  readonly name: string;
  readonly client: Client;
  readonly habits: Habits;
  /** For the pages' calls. */
  readonly asks: Random;
  /** For the machine. */
  readonly dice: Random;
  readonly server: Server;
  readonly observer: Observer;
  /** When the `online` event comes; `Infinity`: never. */
  readonly onlineAt: number;
}

const never = Number.POSITIVE_INFINITY;

/** By the time virtual time begins, the wall clock shows a date of today: cookies hold no negative ones. */
const wallAtZero = 1_700_000_000_000;

const sessionId = "S1";
const identity: Identity = {
  sessionId,
  subject: "ada",
  user: null,
  claims: null,
  authTime: 1,
  acr: null,
  expiresAt: null,
};

export class Browser {
  readonly #with: BrowserOptions;
  #state: State;
  #register: RegisterReading = {
    record: { epoch: 1, status: "in", sessionId },
    mark: { sessionId, revision: 1 },
    hold: null,
    lifetime: null,
  };
  #at = Number.NEGATIVE_INFINITY;
  readonly #queue: Event[] = [];
  readonly #timers = new Alarms();
  #startsAt: number;
  #asksAt = never;
  #onlineAt: number;
  #answersAt = never;
  #answer: Answer = "silence";
  #request: Extract<Effect, { type: "send-refresh" }> | null = null;
  #sentAt = 0;
  #tokenRunsOutAt = Number.NEGATIVE_INFINITY;

  constructor(options: BrowserOptions) {
    this.#with = options;
    this.#state = initialState(options.name);
    this.#startsAt = options.habits.startsAt;
    this.#onlineAt = options.onlineAt;
  }

  /** When something happens next. */
  nextAt(): number {
    return Math.min(this.#startsAt, this.#answersAt, this.#asksAt, this.#onlineAt, this.#timers.nextAt());
  }

  /** Lets the next thing happen, with all that follows at once. */
  step(): void {
    this.#at = this.nextAt();
    this.#queue.push(this.#takeNext());
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) this.#turn(event);
  }

  #takeNext(): Event {
    const at = this.#at;
    const { habits } = this.#with;
    if (this.#startsAt === at) {
      this.#startsAt = never;
      this.#planAsk();
      return { type: "started", visible: habits.visible };
    }
    if (this.#answersAt === at) {
      this.#answersAt = never;
      return this.#answered();
    }
    if (this.#onlineAt === at) {
      this.#onlineAt = never;
      return { type: "woke", cause: "online" };
    }
    if (this.#asksAt === at) {
      this.#planAsk();
      return { type: "token-wanted", fresh: false, minValidityMs: 0 };
    }
    return { type: "timer-fired", name: this.#timers.take() };
  }

  #planAsk(): void {
    const { asksEveryMs } = this.#with.habits;
    if (asksEveryMs !== null) this.#asksAt = this.#at + untilNextAskMs(asksEveryMs, this.#with.asks);
  }

  #turn(event: Event): void {
    const { client, dice } = this.#with;
    const roll = client.rolls ? dice.next() : 0.5;
    const reading = this.#register;
    const stamp = { at: this.#at, wall: wallAtZero + this.#at, roll, reading, activityAgeMs: null };
    const [state, effects] = transition(this.#state, event, stamp, client.policy);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "arm-timer":
        return this.#timers.arm(effect.name, this.#at + Math.ceil(effect.delayMs));
      case "cancel-timer":
        return this.#timers.cancel(effect.name);
      case "request-lock":
        this.#queue.push({ type: "lock-granted", ticket: effect.ticket });
        return;
      case "read-peers":
        this.#queue.push({ type: "peers-read", ticket: effect.ticket, peers: [] });
        return;
      case "write-record":
        this.#register = { ...this.#register, record: effect.record };
        return;
      case "write-hold":
        return this.#writeHold(effect.hold);
      case "send-refresh":
        return this.#send(effect);
      // Nobody else is there to see or hear it, and callers come back by themselves.
      case "release-lock":
      case "write-lifetime":
      case "publish-presence":
      case "withdraw-presence":
      case "broadcast":
      case "fail-waiters":
      case "inspect":
        return;
      case "send-sign-out":
      case "call-sign-in":
      case "settle-sign-in":
      case "postpone-sign-in":
      case "settle-sign-out":
      case "settle-extension":
      case "dispose":
        throw new Error(`Nobody signs in or out during this outage, and the machine wants: ${effect.type}`);
    }
  }

  #writeHold(written: Hold | null): void {
    const hold = written === null ? null : decodeHold(encodeHold(written));
    this.#register = { ...this.#register, hold };
    if (hold?.kind === "cooldown") this.#with.observer.paused(this.#at, hold);
  }

  #send(request: Extract<Effect, { type: "send-refresh" }>): void {
    const { server, observer } = this.#with;
    observer.requested(this.#at);
    this.#request = request;
    this.#sentAt = this.#at;
    this.#answer = server.receive(this.#at);
    this.#answersAt = this.#answer === "silence" ? never : this.#at + answerTakesMs;
  }

  #answered(): Event {
    const { ticket, epoch } = this.#request as Extract<Effect, { type: "send-refresh" }>;
    const head = { type: "refresh-answered", ticket, epoch, startedAt: this.#sentAt } as const;
    const answer = this.#answer;
    if (answer === "silence") throw new Error("Silence is no answer.");
    if (answer !== "token") return { ...head, outcome: { kind: "failed", failure: answer } };
    return { ...head, outcome: { kind: "granted", fresh: this.#takeToken() } };
  }

  /** The server's cookie moves in the same answer. */
  #takeToken() {
    const { observer, habits } = this.#with;
    const { mark } = this.#register;
    const revision = mark === null || mark === "unreadable" ? 1 : mark.revision + 1;
    this.#register = { ...this.#register, mark: { sessionId, revision } };
    observer.granted(this.#at, this.#tokenRunsOutAt, habits);
    this.#tokenRunsOutAt = this.#sentAt + lifetimeMs;
    return { token: "token", revision, lifetimeMs, identity };
  }
}
