/** The calls of the public interface that are open, and whether one of them takes longer than it may (L7). */
import type { SimulatedTab } from "./tab.js";

/** A call of the public interface, on its way to being settled. */
export interface Call {
  readonly tab: SimulatedTab;
  readonly method:
    "ready" | "getAccessToken" | "refresh" | "signIn" | "signOut" | "extend" | "fetch" | "sensitive fetch";
  readonly ranBefore: number;
  /** Set when a throttled timer could have made it late. */
  wasHidden: boolean;
}

/** Longest wait of each public promise, as documented on `Session`; milliseconds of running tab. */
const limitMs: Readonly<Record<Call["method"], number>> = {
  ready: 60_000,
  getAccessToken: 60_000,
  refresh: 60_000,
  signOut: 60_000,
  extend: 60_000,
  signIn: 150_000,
  // A wait for a token, the request, a wait for the next one, one to learn whose it is, and the request again.
  fetch: 200_000,
  // The same, and a user who is waited for.
  "sensitive fetch": 500_000,
};

/** A timer of a hidden page fires up to a minute late (P12); any timer a little. */
const throttleMs = 61_000;
const timerSlackMs = 1_500;

export interface CallWatch {
  begin(tab: SimulatedTab, method: Call["method"]): Call;
  end(call: Call): void;
  /** Something happened in the tab. */
  turn(tab: SimulatedTab): void;
  /** Looks at all that are open. */
  patrol(): void;
}

export function createCallWatch(breach: (law: string, detail: string) => void): CallWatch {
  const open = new Set<Call>();

  function check(call: Call, what: string): void {
    const ran = call.tab.ranMs() - call.ranBefore;
    const bound = limitMs[call.method] + timerSlackMs + (call.wasHidden ? throttleMs : 0);
    if (ran > bound) breach("L7", `${call.method}() of ${call.tab.name} ${what} ${Math.round(ran)} ms`);
  }

  return {
    begin(tab, method) {
      const call = { tab, method, ranBefore: tab.ranMs(), wasHidden: tab.hiddenSince() !== null };
      open.add(call);
      return call;
    },
    end(call) {
      open.delete(call);
      check(call, "took");
    },
    turn(tab) {
      if (tab.hiddenSince() !== null) for (const call of open) if (call.tab === tab) call.wasHidden = true;
    },
    patrol() {
      for (const call of open)
        if (call.tab.condition === "ended") open.delete(call);
        else check(call, "hangs since");
    },
  };
}
