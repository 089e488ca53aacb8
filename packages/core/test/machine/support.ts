/** A tab's machine by itself: events in, effects out, with a register that obeys the effects. */
import type { Effect } from "../../src/machine/effect.js";
import type { Event, Stamp } from "../../src/machine/event.js";
import type { InspectionEvent } from "../../src/machine/inspection.js";
import { brokenLaws } from "../../src/machine/invariants.js";
import type { FreshToken, Identity } from "../../src/machine/outcome.js";
import { defaultPolicy, type Policy } from "../../src/machine/policy.js";
import type { RegisterReading } from "../../src/machine/register.js";
import { initialState, type State } from "../../src/machine/state.js";
import { transition } from "../../src/machine/transition.js";

export const wallStart = 1_700_000_000_000;

export function identity(sessionId = "S1", subject = "ada"): Identity {
  return {
    sessionId,
    subject,
    user: { id: subject },
    claims: { sub: subject },
    authTime: 1,
    acr: null,
    expiresAt: null,
  };
}

export function fresh(revision: number, overrides: Partial<FreshToken> = {}): FreshToken {
  return {
    token: `secret-token-${revision}`,
    revision,
    lifetimeMs: 300_000,
    identity: identity(),
    ...overrides,
  };
}

export const emptyRegister: RegisterReading = { record: null, mark: null, hold: null, lifetime: null };

/** Somebody is signed in: session S1, rotated `revision` times. */
export function signedInRegister(revision = 1): RegisterReading {
  return {
    record: { epoch: 1, status: "in", sessionId: "S1" },
    mark: { sessionId: "S1", revision },
    hold: null,
    lifetime: null,
  };
}

export class MachineTab {
  state: State;
  at = 1_000;
  wall = wallStart;
  roll = 0.5;
  register: RegisterReading;
  /** When the user last did something, in any tab. */
  actedAtWall: number | null = null;
  readonly policy: Policy;
  readonly inspected: InspectionEvent[] = [];
  /** The effects of the last event, without inspection. */
  effects: readonly Effect[] = [];

  constructor(register: RegisterReading = emptyRegister, policy: Partial<Policy> = {}, tabId = "tab-a") {
    this.state = initialState(tabId);
    this.register = register;
    this.policy = { ...defaultPolicy, ...policy };
  }

  /** Time passes. */
  wait(ms: number): this {
    this.at += ms;
    this.wall += ms;
    return this;
  }

  send(event: Event): this {
    const before = this.state;
    if (event.type === "acted") this.actedAtWall = this.wall;
    const stamp: Stamp = {
      at: this.at,
      wall: this.wall,
      roll: this.roll,
      reading: this.register,
      activityAgeMs: this.actedAtWall === null ? null : this.wall - this.actedAtWall,
    };
    const [after, effects] = transition(before, event, stamp, this.policy);
    const broken = brokenLaws({ before, event, stamp, policy: this.policy, after, effects });
    if (broken.length > 0) throw new Error(`${event.type} broke ${broken.join("; ")}`);
    this.state = after;
    this.effects = effects.filter(({ type }) => type !== "inspect");
    for (const effect of effects) {
      if (effect.type === "inspect") this.inspected.push(effect.event);
      if (effect.type === "write-record") this.register = { ...this.register, record: effect.record };
      if (effect.type === "write-hold") this.register = { ...this.register, hold: effect.hold };
      if (effect.type === "write-lifetime") this.register = { ...this.register, lifetime: effect.lifetime };
    }
    return this;
  }

  /** What the last event had done, by name. */
  get did(): readonly Effect["type"][] {
    return this.effects.map(({ type }) => type);
  }

  effect<Type extends Effect["type"]>(type: Type): Extract<Effect, { type: Type }> | undefined {
    return this.effects.find((effect): effect is Extract<Effect, { type: Type }> => effect.type === type);
  }

  get phase(): State["work"]["phase"] {
    return this.state.work.phase;
  }

  get ticket(): number {
    return this.state.ticket;
  }

  start(visible = true): this {
    return this.send({ type: "started", visible });
  }

  fire(name: Extract<Event, { type: "timer-fired" }>["name"]): this {
    return this.send({ type: "timer-fired", name });
  }

  /** Moves the version cookie, as an answer of the server does. */
  rotate(revision: number, sessionId = "S1"): this {
    this.register = { ...this.register, mark: { sessionId, revision } };
    return this;
  }

  /** From wherever the tab looks for a token: no sibling, the lock, the request. */
  untilRequest(): this {
    if (this.phase === "rereading") this.send({ type: "peers-read", ticket: this.ticket, peers: [] });
    if (this.phase === "locking") this.send({ type: "lock-granted", ticket: this.ticket });
    return this;
  }

  answer(outcome: Extract<Event, { type: "refresh-answered" }>["outcome"], ticket = this.ticket): this {
    const epoch = this.state.record.epoch;
    return this.send({ type: "refresh-answered", ticket, epoch, startedAt: this.at, outcome });
  }

  grant(token: FreshToken): this {
    return this.rotate(token.revision, token.identity.sessionId).answer({ kind: "granted", fresh: token });
  }
}

/** A tab that is signed in and holds revision 2. */
export function signedInTab(policy: Partial<Policy> = {}): MachineTab {
  return new MachineTab(signedInRegister(), policy).start().untilRequest().grant(fresh(2));
}

/** A tab whose login call is running; by default, one in which nobody is signed in. */
export function loggingIn(tab: MachineTab = new MachineTab(emptyRegister).start()): MachineTab {
  tab.send({ type: "sign-in-wanted" }).send({ type: "lock-granted", ticket: tab.ticket });
  if (tab.phase !== "calling") throw new Error(`The login does not run: ${tab.phase}`);
  return tab;
}

export function answerLogin(
  tab: MachineTab,
  kind: "granted" | "unknown" | "failed",
  user = identity("S2"),
): MachineTab {
  const outcome = kind === "granted" ? ({ kind, fresh: fresh(1, { identity: user }) } as const) : { kind };
  return tab.send({ type: "sign-in-answered", ticket: tab.ticket, outcome });
}
