/** One tab's session at work: the loop, its ports, and the callers that wait on it. */
import { SessionError } from "../errors.js";
import { usableGrant } from "../machine/demand.js";
import type { Event } from "../machine/event.js";
import type { InspectionEvent } from "../machine/inspection.js";
import { isSameUser } from "../machine/outcome.js";
import type { Policy } from "../machine/policy.js";
import { snapshotOf, type SessionSnapshot } from "../machine/snapshot.js";
import { initialState, type Grant, type State } from "../machine/state.js";
import type { SignOutScope } from "../machine/version.js";
import { createSignInCalls, createSignOutCalls, type SignOutResult } from "./calls.js";
import { openMessageChannel } from "./channel.js";
import { createEffectRunner } from "./effects.js";
import { failureError, unauthenticatedError } from "./failure-error.js";
import { createListeners } from "./listeners.js";
import { createLoop } from "./loop.js";
import type { PortsFactory } from "./ports.js";
import { createWaitingRoom, type AbortSignalLike } from "./waiters.js";

/** The longest any promise of the session stays pending: a full wait for the lock, and a refresh after it (L7). */
export const waitLimitMs = 60_000;

/**
 * A look at the register is good for this long. Messages tell of a change within a millisecond or so; this bounds what
 * a tab without messages can miss, at a price that a tight loop over `getAccessToken` does not feel.
 */
const lookIntervalMs = 50;

/** An inspection event with where and when it happened. */
export type Inspected = InspectionEvent & {
  /** The tab, by a random name. */
  readonly tab: string;
  /** Milliseconds on this tab's own clock. */
  readonly at: number;
};

export interface RuntimeOptions {
  readonly policy: Policy;
  readonly createPorts: PortsFactory;
  /** Gets what a subscriber threw. */
  readonly report: (error: unknown) => void;
}

export interface Runtime {
  snapshot(): SessionSnapshot;
  /** The token in hand if it may be handed out now. Does not ask for one. */
  peek(minValidityMs?: number): Grant | null;
  token(minValidityMs: number | undefined, signal?: AbortSignalLike | null): Promise<Grant>;
  /** A token other than the one in hand now. */
  refresh(signal?: AbortSignalLike | null): Promise<Grant>;
  ready(): Promise<SessionSnapshot>;
  signIn(call: () => unknown): Promise<SessionSnapshot>;
  signOut(scope: SignOutScope): Promise<SignOutResult>;
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

export function createRuntime({ policy, createPorts, report }: RuntimeOptions): Runtime {
  const early: Event[] = [];
  let deliver = (event: Event): void => void early.push(event);
  const send = (event: Event): void => deliver(event);
  const ports = createPorts((port, reason) => send({ type: "port-failed", port, reason }));
  const { clock, entropy, timers, register, lifecycle, activity, transport } = ports;

  const tabId = entropy.tabId();
  const tokens = createWaitingRoom("a token", timers);
  const readiness = createWaitingRoom("the first answer", timers);
  const signIns = createSignInCalls();
  const signOuts = createSignOutCalls(createWaitingRoom("the revocation", timers));
  const subscribers = createListeners<[SessionSnapshot, SessionSnapshot]>(report);
  const inspectors = createListeners<[Inspected]>(report);

  let lookedAt = -Infinity;
  let seen = initialState(tabId);
  let snapshot = snapshotOf(seen);

  function committed(state: State): void {
    const before = snapshot;
    snapshot = snapshotOf(state, { state: seen, snapshot });
    seen = state;
    tokens.tryAll();
    readiness.tryAll();
    if (snapshot !== before) subscribers.call(snapshot, before);
  }

  function inspect(event: InspectionEvent): void {
    if (inspectors.size > 0) inspectors.call(Object.freeze({ ...event, tab: tabId, at: clock.now() }));
  }

  const channel = openMessageChannel(tabId, ports, send);
  const detachers = [lifecycle.attach(send), activity.attach()];

  function disposed(): void {
    ports.lock.release();
    for (const detach of detachers) detach();
    channel.close();
    const error = (): SessionError => new SessionError("disposed", "The session was disposed.");
    tokens.failAll(error);
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
      failWaiters: (failure) => tokens.failAll(() => failureError(failure)),
      inspect,
      disposed,
    },
  });

  const loop = createLoop({
    initial: seen,
    policy,
    run,
    committed,
    stamp() {
      const at = clock.now();
      lookedAt = at;
      return { at, wall: clock.wall(), roll: entropy.roll(), reading: register.read() };
    },
    overflowed: () => inspect({ type: "degraded", port: "loop", reason: "overflow" }),
  });
  deliver = loop.send;
  loop.send({ type: "started", visible: lifecycle.isVisible() });
  for (const event of early) loop.send(event);

  function peek(minValidityMs?: number): Grant | null {
    const at = clock.now();
    if (at - lookedAt >= lookIntervalMs) loop.send({ type: "checked" });
    return usableGrant(loop.state(), policy, at, minValidityMs);
  }

  /** Turns a caller away for whom there is nothing to wait. */
  function assertSession(): void {
    const { life, record, who } = loop.state();
    if (life === "disposed") throw new SessionError("disposed", "The session was disposed.");
    if (record.status === "out")
      throw unauthenticatedError(who.status === "unauthenticated" ? who.reason : record.reason);
  }

  /**
   * Waits for a token that is not `refused`, the one the caller does not want any more. What arrives meanwhile is as new
   * as can be had: of it no more is asked than that it may be handed out, so that nobody waits for the impossible.
   */
  function wait(
    refused: Grant | null,
    minValidityMs: number | undefined,
    signal?: AbortSignalLike | null,
  ): Promise<Grant> {
    const before = loop.state().grant;
    const promise = tokens.wait(
      () => {
        assertSession();
        const state = loop.state();
        const asked = state.grant === before ? minValidityMs : undefined;
        const grant = usableGrant(state, policy, clock.now(), asked);
        return grant === refused ? undefined : (grant ?? undefined);
      },
      { limitMs: waitLimitMs, signal },
    );
    const { wanted } = loop.state();
    const fresh = refused !== null;
    if (tokens.size > 0 && (wanted === "nothing" || (fresh && wanted === "token")))
      loop.send({ type: "token-wanted", fresh, minValidityMs: minValidityMs ?? 0 });
    return promise;
  }

  return {
    snapshot: () => snapshot,
    peek,
    token(minValidityMs, signal) {
      const grant = signal?.aborted === true ? null : peek(minValidityMs);
      return grant === null ? wait(null, minValidityMs, signal) : Promise.resolve(grant);
    },
    refresh(signal) {
      peek();
      return wait(loop.state().grant, undefined, signal);
    },
    ready: () =>
      readiness.wait(
        () => {
          if (loop.state().life === "disposed") assertSession();
          return snapshot.status === "loading" ? undefined : snapshot;
        },
        { limitMs: waitLimitMs },
      ),
    async signIn(call) {
      assertLive(loop.state());
      activity.touch();
      const begun = signIns.begin({
        call,
        read: transport.readSignIn,
        answered: (ticket, outcome) => loop.send({ type: "sign-in-answered", ticket, outcome }),
      });
      loop.send({ type: "sign-in-wanted" });
      await begun;
      await wait(null, undefined);
      return snapshot;
    },
    async signOut(scope) {
      assertLive(loop.state());
      if (scope === "others") {
        const outcome = await transport.signOut(scope);
        if (outcome.kind === "failed") throw failureError(outcome.failure);
        return { revoked: true };
      }
      const told = signOuts.wait(waitLimitMs);
      loop.send({ type: "sign-out-wanted", scope });
      return told;
    },
    subscribe: subscribers.add,
    inspect: inspectors.add,
    dispose: () => loop.send({ type: "disposed" }),
    async isSameUser(sent) {
      const { record } = loop.state();
      if (record.epoch === sent.epoch || record.status === "out") return true;
      try {
        return isSameUser(sent.identity, (await wait(null, undefined)).identity);
      } catch (error) {
        return error instanceof SessionError && error.code === "unauthenticated";
      }
    },
    ageMs: (grant) => clock.now() - grant.startedAt,
  };
}

function assertLive({ life }: State): void {
  if (life === "disposed") throw new SessionError("disposed", "The session was disposed.");
}
