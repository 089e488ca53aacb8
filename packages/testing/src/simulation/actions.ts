/** What each action of a plan does to the world. */
import type { Authority } from "../backend/authority.js";
import type { MemoryChannel } from "../doubles/memory-channel.js";
import type { LockPort, SignInOutcome } from "@lockstep/core/internals";
import type { CookieJar } from "./jar.js";
import type { Call } from "./calls.js";
import type { Laws } from "./laws.js";
import type { Network } from "./network.js";
import type { Action, MessageFault } from "./plan.js";
import type { Streams } from "./streams.js";
import { audienceOrigin, type SimulatedTab } from "./tab.js";
import type { WorldTime } from "./time.js";

/** What actions happen on. */
export interface Stage {
  readonly time: WorldTime;
  readonly jar: CookieJar;
  readonly network: Network;
  readonly authority: Authority;
  readonly laws: Laws;
  readonly channel: MemoryChannel;
  /** Faults that last. */
  readonly faults: { messages: MessageFault; locksRefused: boolean };
  /** Another script's ways to the lock, and to the one of who listens. */
  readonly robbers: { readonly session: LockPort; readonly events: LockPort };
  readonly streams: Streams;
  /** The attacker's copy of a refresh cookie. */
  loot: { readonly cookie: string; uses: number } | null;
  /** The open tabs. */
  readonly tabs: ReadonlySet<SimulatedTab>;
  inSlot(slot: number): SimulatedTab | null;
  open(slot: number, options?: { readonly hidden?: boolean; readonly dialect?: number }): void;
  count(what: "signIns" | "signOuts" | "tokensHandedOut"): void;
}

/** Makes a call of the public interface, and lets the laws watch it. */
function call<Value>(
  { laws }: Stage,
  tab: SimulatedTab,
  method: Call["method"],
  run: () => Promise<Value>,
  done?: (value: Value) => void,
): void {
  void watch(laws.called(tab, method));

  async function watch(watched: Call): Promise<void> {
    try {
      const value = await run();
      laws.settled(watched);
      done?.(value);
    } catch (error) {
      laws.settled(watched, error);
    }
  }
}

function getToken(stage: Stage, tab: SimulatedTab, minValidity: number | undefined): void {
  call(
    stage,
    tab,
    "getAccessToken",
    () => tab.session.getAccessToken(minValidity === undefined ? {} : { minValidity }),
    (token) => {
      stage.count("tokensHandedOut");
      stage.laws.handedOut(tab, token);
    },
  );
}

function signIn(stage: Stage, tab: SimulatedTab, { user, answer }: Extract<Action, { do: "sign-in" }>): void {
  stage.count("signIns");
  const logIn = async (): Promise<SignInOutcome> => {
    if (answer === "refused") return { kind: "failed" };
    if (answer === "broken") throw new TypeError("Failed to fetch");
    const outcome = await stage.network.logIn(tab, user);
    if (outcome.kind === "failed") throw new TypeError("Failed to fetch");
    return answer === "opaque" ? { kind: "unknown" } : outcome;
  };
  stage.laws.acted();
  call(stage, tab, "signIn", () => tab.session.signIn(logIn));
}

let sensitiveFetches = 0;

function fetchSensitive(
  stage: Stage,
  tab: SimulatedTab,
  { acr, answer }: Extract<Action, { do: "sensitive-fetch" }>,
): void {
  tab.answers = answer;
  const headers = { "x-demand": acr, "x-id": `${(sensitiveFetches += 1)}` };
  call(stage, tab, "sensitive fetch", () => tab.session.fetch(`${audienceOrigin}/transfer`, { headers }));
}

function replayLoot({ authority, loot }: Stage): void {
  if (loot === null) return;
  loot.uses += 1;
  authority.refresh(loot.cookie, { nonce: `attacker-${loot.uses}`, activityAgeSeconds: 0 }, null);
}

function robLock({ laws, robbers, time }: Stage, ms: number, which: "session" | "events"): void {
  const ignore = (): void => undefined;
  const robber = robbers[which];
  laws.disturbed("lock");
  robber.request(true, { granted: ignore, refused: ignore, stolen: ignore });
  time.inBrowser(ms, () => {
    laws.disturbed("lock");
    robber.release();
  });
}

/** What somebody does in one tab, if there is one in that place and it can. */
function performInTab(stage: Stage, tab: SimulatedTab, action: Extract<Action, { tab: number }>): void {
  const isRunning = tab.condition === "running";
  switch (action.do) {
    case "open-tab":
      return;
    case "close-tab":
      return tab.end(action.told);
    case "reload-tab":
      tab.end(action.told);
      return stage.open(action.tab);
    case "hide-tab":
      return tab.hide();
    case "show-tab":
      return tab.show();
    case "freeze-tab":
      return tab.freeze(action.told);
    case "thaw-tab":
      return tab.thaw();
    case "leave-page":
      return tab.leave();
    case "return-to-page":
      return tab.comeBack();
    case "dispose":
      if (!isRunning) return;
      tab.session.dispose();
      tab.isDisposed = true;
      return stage.laws.disposed(tab);
    case "act":
      if (!isRunning) return;
      stage.laws.acted();
      return tab.act();
    case "sensitive-fetch":
      if (isRunning) fetchSensitive(stage, tab, action);
      return;
    case "extend":
      if (isRunning) call(stage, tab, "extend", () => tab.session.extend({ minutes: action.minutes }));
      return;
    case "get-token":
      if (isRunning) getToken(stage, tab, action.minValidity);
      return;
    case "refresh":
      if (isRunning) call(stage, tab, "refresh", () => tab.session.refresh());
      return;
    case "fetch": {
      const init = action.unauthorised === true ? { headers: { "x-refuse": "1" } } : {};
      if (isRunning) call(stage, tab, "fetch", () => tab.session.fetch(action.url, init));
      return;
    }
    case "sign-in":
      if (isRunning) signIn(stage, tab, action);
      return;
    case "sign-out":
      if (!isRunning) return;
      stage.count("signOuts");
      return call(stage, tab, "signOut", () => tab.session.signOut({ scope: action.scope }));
  }
}

function performOnWorld(stage: Stage, action: Exclude<Action, { tab: number }>): void {
  const { authority, faults, jar, laws, network, streams, time } = stage;
  switch (action.do) {
    case "thaw-all":
      for (const slot of action.order) stage.inSlot(slot)?.thaw();
      return;
    case "set-clock":
      laws.clockSet(action.byMs);
      return time.setWall(action.byMs);
    case "sleep":
      laws.slept();
      return time.sleep(action.ms);
    case "weather": {
      const isBack = network.weather === "offline" && action.weather === "fair";
      network.weather = action.weather;
      network.retryAfterMs = action.retryAfterMs;
      if (action.weather === "offline") streams.break("loudly");
      if (action.weather === "unavailable") streams.break("by-restart");
      if (isBack) for (const tab of stage.tabs) tab.online();
      return;
    }
    case "messages":
      faults.messages = action.fault;
      return;
    case "forge-message":
      return stage.channel.forge(action.message);
    case "refuse-locks":
      laws.disturbed("lock", action.refused ? "begins" : "ends");
      faults.locksRefused = action.refused;
      return;
    case "rob-lock":
      return robLock(stage, action.ms, action.which ?? "session");
    case "block-cookies":
      laws.disturbed("register", action.blocked ? "begins" : "ends");
      jar.blocked = action.blocked;
      return;
    case "clear":
      laws.disturbed("register");
      return jar.clear(action.what);
    case "scribble":
      laws.disturbed("register");
      return jar.scribble(action.slot, action.text);
    case "steal-cookie": {
      const cookie = jar.refresh();
      const sessionId = jar.version()?.sessionId ?? null;
      if (cookie === null || sessionId === null) return;
      laws.stolen(sessionId);
      stage.loot = { cookie, uses: 0 };
      return;
    }
    case "replay-cookie":
      return replayLoot(stage);
    case "revoke": {
      const sessionId = jar.version()?.sessionId ?? null;
      if (sessionId !== null) authority.revoke(sessionId, action.reason);
      return;
    }
    case "change-user": {
      const userId = authority.userOf(jar.version()?.sessionId ?? "");
      if (userId !== null) authority.changeUser(userId);
      return;
    }
    case "stream-answers":
      streams.answer = action.answer;
      return;
    case "break-streams":
      return streams.break(action.how);
  }
}

export function perform(stage: Stage, action: Action): void {
  if (!("tab" in action)) return performOnWorld(stage, action);
  const tab = stage.inSlot(action.tab);
  if (tab !== null && tab.condition !== "ended") performInTab(stage, tab, action);
  else if (action.do === "open-tab" || action.do === "return-to-page" || action.do === "reload-tab")
    stage.open(action.tab, action.do === "open-tab" ? action : {});
}
