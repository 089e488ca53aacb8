/** One tab's session at work: the loop, its ports, and the callers that wait on it. */
import { SessionError } from "../errors.js";
import { usableGrant } from "../machine/demand.js";
import type { Event } from "../machine/event.js";
import type { Observation } from "../machine/invariants.js";
import { isSameUser } from "../machine/outcome.js";
import type { Policy } from "../machine/policy.js";
import { snapshotOf, type SessionSnapshot } from "../machine/snapshot.js";
import { initialState, type Grant, type State } from "../machine/state.js";
import type { SignOutScope } from "../machine/version.js";
import { createSignInCalls, createSignOutCalls, type SignOutResult } from "./calls.js";
import { openMessageChannel } from "./channel.js";
import { createEffectRunner } from "./effects.js";
import { createExtensions } from "./extensions.js";
import { createInspectors, type Inspected } from "./inspecting.js";
import { createListeners } from "./listeners.js";
import { createListening } from "./listening.js";
import { createLoop } from "./loop.js";
import { signOutOthers } from "./others.js";
import type { PortsFactory } from "./ports.js";
import { assertLive, createTokens, waitLimitMs } from "./tokens.js";
import { createWaitingRoom, type AbortSignalLike } from "./waiters.js";

/**
 * A look at the register and at both clocks is good for this long. Messages tell of a change within a millisecond or so;
 * this bounds what a tab without messages can miss, at a price that a tight loop over `getAccessToken` does not feel. Less
 * than the validity that every token handed out has left.
 */
const lookIntervalMs = 50;

export interface RuntimeOptions {
  readonly policy: Policy;
  readonly createPorts: PortsFactory;
  /** Gets what a subscriber threw. */
  readonly report: (error: unknown) => void;
  /** Sees every turn of the machine, tokens included: for tests and simulations only. */
  readonly observe?: (turn: Observation) => void;
}

export interface Runtime {
  /** Begins, once listeners are attached: what the platform lacks is told at once. */
  start(): void;
  snapshot(): SessionSnapshot;
  /** The token in hand if it may be handed out now. Does not ask for one. */
  peek(minValidityMs?: number): Grant | null;
  /** Rejects with `user-changed` if it is another user's than the one whom the snapshot showed. */
  token(minValidityMs: number | undefined, signal?: AbortSignalLike | null): Promise<Grant>;
  /** Reads the register now, however short ago that was done last. */
  look(): void;
  /** A token other than `refused`: by default, the one in hand now. */
  refresh(signal?: AbortSignalLike | null, refused?: Grant | null): Promise<Grant>;
  ready(): Promise<SessionSnapshot>;
  signIn(call: () => unknown): Promise<SessionSnapshot>;
  /** Sends what the user proved, as a login whose answer starts a new session of theirs. */
  stepUp(proof: object): Promise<SessionSnapshot>;
  signOut(scope: SignOutScope): Promise<SignOutResult>;
  /** The user did something. */
  act(): void;
  /** When the session ends, in milliseconds since 1970, now that it was asked to last so long without activity. */
  extend(minutes: number): Promise<number>;
  subscribe(listener: (snapshot: SessionSnapshot, previous: SessionSnapshot) => void): () => void;
  inspect(listener: (event: Inspected) => void): () => void;
  dispose(): void;
  /**
   * Whether the user of `sent` is still the one signed in, or nobody is. While a new session is being learnt of, waits
   * until it is known whose it is; if that cannot be found out, it is not the same.
   */
  isSameUser(sent: Grant): Promise<boolean>;
  /** How old a token is, in milliseconds since its request began. */
  ageMs(grant: Grant): number;
}

export function createRuntime({ policy, createPorts, report, observe }: RuntimeOptions): Runtime {
  const early: Event[] = [];
  let deliver = (event: Event): void => void early.push(event);
  const send = (event: Event): void => deliver(event);
  const ports = createPorts((port, reason) => send({ type: "port-failed", port, reason }));
  const { clock, entropy, timers, register, lifecycle, activity, transport } = ports;

  const tabId = entropy.tabId();
  const readiness = createWaitingRoom("the first answer", timers);
  const signIns = createSignInCalls();
  const revocations = createWaitingRoom("the revocation", timers);
  const signOuts = createSignOutCalls(revocations);
  const subscribers = createListeners<[SessionSnapshot, SessionSnapshot]>(report);
  const inspectors = createInspectors(tabId, clock, report);

  let lookedAt = -Infinity;
  /** What the last look found good to hand out. */
  let inHand: Grant | null = null;
  let seen = initialState(tabId);
  let snapshot = snapshotOf(seen);

  function committed(state: State): void {
    const before = snapshot;
    snapshot = snapshotOf(state, { state: seen, snapshot });
    seen = state;
    inHand = usableGrant(state, policy, lookedAt);
    inspectors.tell();
    tokens.look();
    extensions.look();
    listening.look();
    readiness.tryAll();
    if (snapshot !== before) subscribers.call(snapshot, before);
  }

  const look = (): void => send({ type: "checked" });

  /** A session that is over by now is ended first: it is too late to keep it. */
  function act(): void {
    look();
    activity.touch();
    send({ type: "acted" });
  }

  const channel = openMessageChannel(tabId, ports, send);
  const detachers = [lifecycle.attach(send), activity.attach(act), register.attach(look)];

  function disposed(): void {
    ports.lock.release();
    for (const detach of detachers) detach();
    channel.close();
    const error = (): SessionError => new SessionError("disposed", "The session was disposed.");
    tokens.look();
    extensions.look();
    listening.stop();
    readiness.failAll(error);
    signIns.turnAway(error());
    signOuts.settle(false);
    timers.cancelAll();
    subscribers.clear();
  }

  const run = createEffectRunner({
    tabId,
    ports,
    channel,
    send,
    callers: {
      callSignIn: signIns.run,
      settleSignIn: signIns.settle,
      postponeSignIn: signIns.postpone,
      settleSignOut: signOuts.settle,
      settleExtension: (...settled) => extensions.settle(...settled),
      failWaiters: (failure) => [tokens, extensions].forEach(({ fail }) => fail(failure)),
      inspect: inspectors.note,
      disposed,
    },
  });

  const loop = createLoop({
    initial: seen,
    policy,
    run,
    committed,
    observe,
    stamp() {
      lookedAt = clock.now();
      const [wall, roll, reading] = [clock.wall(), entropy.roll(), register.read()];
      return { at: lookedAt, wall, roll, reading, activityAgeMs: activity.ageMs() };
    },
    overflowed: () => inspectors.note({ type: "degraded", port: "loop", reason: "overflow" }),
  });
  const listening = createListening(ports, loop.state, { send, inspect: inspectors.tellNow });
  const extensions = createExtensions({ timers, state: loop.state, send: loop.send });
  const tokens = createTokens({ policy, clock, timers, state: loop.state, send });

  function peek(minValidityMs?: number): Grant | null {
    const at = clock.now();
    if (at - lookedAt >= lookIntervalMs) look();
    return minValidityMs === undefined ? inHand : usableGrant(loop.state(), policy, at, minValidityMs);
  }

  async function signIn(call: () => unknown): Promise<SessionSnapshot> {
    assertLive(loop.state());
    act();
    const begun = signIns.begin({
      call,
      read: transport.readSignIn,
      answered: (ticket, outcome) => loop.send({ type: "sign-in-answered", ticket, outcome }),
    });
    loop.send({ type: "sign-in-wanted" });
    await begun;
    await tokens.wait(null);
    return snapshot;
  }

  return {
    start() {
      deliver = loop.send;
      loop.send({ type: "started", visible: lifecycle.isVisible() });
      for (const event of early) loop.send(event);
    },
    snapshot: () => snapshot,
    peek,
    async token(minValidityMs, signal) {
      const { who } = loop.state();
      const inTime = signal?.aborted === true ? null : peek(minValidityMs);
      const grant = inTime ?? (await tokens.wait(null, minValidityMs, signal));
      // Who asks, asks for the user whom the page shows: the token that was waited for may be the next one's (scenario 25).
      if (who.status === "authenticated" && !isSameUser(who.identity, grant.identity))
        throw new SessionError("user-changed", "Another user signed in while a token was waited for.");
      return grant;
    },
    look,
    refresh(signal, refused) {
      peek();
      return tokens.wait(refused ?? loop.state().grant, undefined, signal);
    },
    ready: () =>
      readiness.wait(
        () => {
          assertLive(loop.state());
          return snapshot.status === "loading" ? undefined : snapshot;
        },
        { limitMs: waitLimitMs, signal: null },
      ),
    signIn,
    stepUp: (proof) => signIn(() => transport.stepUp(proof)),
    async signOut(scope) {
      assertLive(loop.state());
      if (scope === "others") return signOutOthers({ state: loop.state, room: revocations, transport });
      const told = signOuts.wait(waitLimitMs);
      loop.send({ type: "sign-out-wanted", scope });
      return told;
    },
    act,
    extend: (minutes) => extensions.ask(minutes),
    subscribe: subscribers.add,
    inspect: inspectors.add,
    dispose: () => loop.send({ type: "disposed" }),
    isSameUser: tokens.isSameUser,
    ageMs: (grant) => clock.now() - grant.startedAt,
  };
}
