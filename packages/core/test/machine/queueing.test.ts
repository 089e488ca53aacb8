/** Queueing for the lock, and what is known about the others meanwhile. */
import { describe, expect, it } from "vitest";
import type { Hold, RegisterReading } from "../../src/machine/register.js";
import type { Peer } from "../../src/machine/event.js";
import { fresh, MachineTab, signedInRegister, signedInTab } from "./support.js";

function hold(tab: MachineTab, overrides: Partial<Hold> = {}): Hold {
  return {
    kind: "claim",
    attempt: "tab-b-7",
    base: { sessionId: "S1", revision: 1 },
    startedAtWall: tab.wall,
    ttlMs: 28_000,
    failures: 0,
    code: null,
    ...overrides,
  };
}

/** A tab without a token that queues for the lock. */
function queued(register: RegisterReading = signedInRegister()): MachineTab {
  const tab = new MachineTab(register).start();
  return tab.send({ type: "peers-read", ticket: tab.ticket, peers: [] });
}

function peersRead(tab: MachineTab, ...peers: readonly Peer[]): MachineTab {
  return tab.send({ type: "peers-read", ticket: tab.ticket, peers });
}

describe("L1: somebody refreshes while we queue", () => {
  it("in an earlier slice of the waiting: the token is asked for, nothing is sent", () => {
    const tab = queued();
    tab.rotate(2).wait(3_000).fire("slice");
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.phase).toBe("rereading");
    expect(tab.did).not.toContain("send-refresh");
  });

  it.each([
    [
      "by one that lives: its token is on the way, and is waited for",
      [{ tabId: "tab-b", epoch: 1, revision: 2 }],
      2_000,
    ],
    ["and nobody can tell who lives", null, 400],
  ])("%s", (_, peers, delayMs) => {
    const tab = queued();
    tab.rotate(2).wait(100).send({ type: "lock-granted", ticket: tab.ticket });
    tab.send({ type: "peers-read", ticket: tab.ticket, peers });
    expect(tab.phase).toBe("asking");
    expect(tab.effect("arm-timer")).toEqual({ type: "arm-timer", name: "ask", delayMs });
  });

  it("and is waited for as long where the lock manager alone knows of it", () => {
    const tab = queued({ ...signedInRegister(), mark: "unreadable" });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    peersRead(tab, { tabId: "tab-b", epoch: 1, revision: 9 });
    expect(tab.effect("arm-timer")).toEqual({ type: "arm-timer", name: "ask", delayMs: 2_000 });
  });

  describe("and its cookie shows before its tab has read the answer", () => {
    /** In the queue, behind tab-b, whose refresh of revision 2 made revision 3. */
    function queuedBehindAnswer(claim: Partial<Hold> = {}): MachineTab {
      const tab = signedInTab().wait(280_000);
      tab.register = {
        ...tab.register,
        hold: hold(tab, { base: { sessionId: "S1", revision: 2 }, ...claim }),
      };
      tab.rotate(3).send({ type: "token-wanted", fresh: true, minValidityMs: 0 });
      peersRead(tab, { tabId: "tab-b", epoch: 1, revision: 2 });
      return tab.send({ type: "lock-granted", ticket: tab.ticket });
    }

    it("its token is asked for once we have the lock", () => {
      const tab = queuedBehindAnswer();
      expect(tab.phase).toBe("rereading");
      peersRead(tab, { tabId: "tab-b", epoch: 1, revision: 3 });
      expect(tab.effect("broadcast")?.body).toEqual({ kind: "ask", to: ["tab-b"] });
    });

    it("a refresh is sent if that tab has died, after one look", () => {
      const tab = queuedBehindAnswer();
      peersRead(tab).send({ type: "lock-granted", ticket: tab.ticket });
      expect(tab.did).toContain("send-refresh");
    });

    it.each([
      ["withdrawn", { ttlMs: 0 }],
      ["run out", { startedAtWall: 0 }],
    ] as const)("a claim that is %s tells of no token on its way", (_, claim) => {
      expect(queuedBehindAnswer(claim).did).toContain("send-refresh");
    });
  });

  it("by a claim that came to nothing: whoever queued behind it sends, without another look", () => {
    const register = signedInRegister();
    const tab = new MachineTab(register);
    tab.register = { ...register, hold: hold(tab) };
    peersRead(tab.start());
    tab.register = { ...tab.register, hold: hold(tab, { ttlMs: 0 }) };
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.did).toContain("send-refresh");
  });

  it("which is not so of a sibling found at the start: it may be asleep", () => {
    const tab = peersRead(new MachineTab(signedInRegister()).start(), {
      tabId: "tab-b",
      epoch: 1,
      revision: 1,
    });
    expect(tab.effect("arm-timer")).toEqual({ type: "arm-timer", name: "ask", delayMs: 400 });
  });

  it("after the siblings we asked stayed silent, where no cookie can be read", () => {
    const tab = new MachineTab({ ...signedInRegister(), mark: "unreadable" }).start();
    peersRead(tab, { tabId: "tab-b", epoch: 1, revision: 4 });
    expect(tab.phase).toBe("asking");
    tab.wait(400).fire("ask").send({ type: "lock-granted", ticket: tab.ticket });
    peersRead(tab, { tabId: "tab-c", epoch: 1, revision: 5 });
    expect(tab.effect("broadcast")?.body).toEqual({ kind: "ask", to: ["tab-c"] });
  });

  it("what a tab of an epoch that is over holds is nobody's refresh", () => {
    const tab = queued({ ...signedInRegister(), mark: "unreadable" });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    peersRead(tab, { tabId: "tab-b", epoch: 0, revision: 9 });
    expect(tab.did).toContain("send-refresh");
  });
});

describe("L10: only those are asked who can help", () => {
  it("not a sibling whose token is as old as our own", () => {
    const tab = signedInTab();
    tab.register = { ...tab.register, mark: "unreadable" };
    tab.send({ type: "token-wanted", fresh: true, minValidityMs: 0 });
    peersRead(tab, { tabId: "tab-b", epoch: 1, revision: 2 });
    expect(tab.phase).toBe("locking");
  });

  it("not one whose token is newer than ours and older than the version cookie", () => {
    const tab = signedInTab().rotate(5).send({ type: "token-wanted", fresh: true, minValidityMs: 0 });
    peersRead(tab, { tabId: "tab-b", epoch: 1, revision: 4 });
    expect(tab.phase).toBe("locking");
  });

  it.each(["unreadable", { sessionId: "S1", revision: 0 }] as const)(
    "L1: a sibling with the very first token, which was never rotated, is one of them (cookie: %j)",
    (mark) => {
      const tab = new MachineTab({ ...signedInRegister(), mark }).start();
      peersRead(tab, { tabId: "tab-b", epoch: 1, revision: 0 });
      expect(tab.effect("broadcast")?.body).toEqual({ kind: "ask", to: ["tab-b"] });
    },
  );

  it("L1: where no cookie can be read, they are asked before the lock is queued for", () => {
    const tab = signedInTab();
    tab.register = { ...tab.register, mark: "unreadable" };
    expect(tab.wait(256_000).fire("due").phase).toBe("rereading");
    expect(tab.did).not.toContain("request-lock");
  });

  it("a `none` that is meant for another tab is not counted", () => {
    const tab = new MachineTab(signedInRegister(2)).start();
    peersRead(tab, { tabId: "tab-b", epoch: 1, revision: 2 });
    tab.send({
      type: "message-received",
      message: { v: 1, from: "tab-b", kind: "none", to: "tab-c" },
    });
    expect(tab.phase).toBe("asking");
  });
});

describe("L1: news of the lock that is about an earlier request for it", () => {
  it("a grant is none of the present one's", () => {
    const tab = queued();
    const { ticket } = tab;
    tab.wait(3_000).fire("slice").send({ type: "lock-granted", ticket });
    expect(tab.phase).toBe("locking");
    expect(tab.effects).toEqual([]);
  });

  it("a theft neither", () => {
    const tab = queued();
    const { ticket } = tab;
    tab.wait(3_000).fire("slice").send({ type: "lock-stolen", ticket });
    expect(tab.effects).toEqual([]);
  });

  it("L7: a theft before we heard of the grant makes us queue again at once", () => {
    const tab = queued();
    tab.send({ type: "lock-stolen", ticket: tab.ticket });
    expect(tab.effect("request-lock")?.steal).toBe(false);
  });

  it("L2: what the lock manager tells too late, while a claim is waited for, gives the lock to nobody", () => {
    const tab = queued({ ...signedInRegister(), mark: "unreadable" });
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    tab.register = { ...tab.register, hold: hold(tab) };
    tab.wait(400).fire("ask");
    expect(tab.phase).toBe("waiting");
    peersRead(tab, { tabId: "tab-b", epoch: 1, revision: 9 });
    expect(tab.phase).toBe("waiting");
  });
});

describe("L7: the lock is waited for within its bound, and not taken before", () => {
  it("a pause is no reason to hold it", () => {
    const tab = queued();
    tab.register = { ...tab.register, hold: hold(tab, { kind: "cooldown", code: "unavailable" }) };
    tab.wait(3_000).fire("slice").wait(3_000).fire("slice");
    expect(tab.effect("request-lock")?.steal).toBe(true);
  });

  it("L2: a queue in which somebody gets on is not robbed: a holder that is only slow would send as well", () => {
    const tab = queued();
    tab.rotate(2).wait(3_000).fire("slice");
    expect(tab.effect("request-lock")?.steal).toBe(false);
    tab.register = { ...tab.register, hold: hold(tab, { ttlMs: 0 }) };
    tab.wait(3_000).fire("slice");
    expect(tab.effect("request-lock")?.steal).toBe(false);
    tab.wait(3_000).fire("slice");
    expect(tab.effect("request-lock")?.steal).toBe(true);
  });

  it("L2: a thief sends nothing before the last signs of the one it robbed have had time to show", () => {
    const tab = queued();
    tab.wait(3_000).fire("slice").send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.did).not.toContain("send-refresh");
    expect(tab.effect("arm-timer")).toEqual({ type: "arm-timer", name: "claim", delayMs: 1_000 });
    tab.register = { ...tab.register, hold: hold(tab) };
    tab.wait(1_000).fire("claim");
    expect(tab.did).not.toContain("send-refresh");
    expect(tab.did).toContain("arm-timer");
  });

  it("L7: a thief publishes its claim first, for a slice, so that it is not robbed in turn", () => {
    const tab = queued();
    tab.wait(3_000).fire("slice").send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.effect("write-hold")?.hold).toMatchObject({ kind: "claim", failures: 0, ttlMs: 3_000 });
  });

  it("a thief that saw no sign sends after a second, under the claim it published", () => {
    const tab = queued();
    tab.wait(3_000).fire("slice").send({ type: "lock-granted", ticket: tab.ticket });
    const announced = tab.effect("write-hold")?.hold;
    expect(announced).toBeDefined();
    tab.wait(1_000).fire("claim");
    expect(tab.effect("send-refresh")?.attempt).toBe(announced?.attempt);
    expect(tab.effect("write-hold")?.hold).toEqual({ ...announced, startedAtWall: tab.wall, ttlMs: 28_000 });
    expect(tab.inspected).toContainEqual({ type: "refresh-sent", retry: false });
  });

  it("a thief that takes over a lost refresh keeps its nonce, and counts one try", () => {
    const tab = queued();
    tab.register = { ...tab.register, hold: hold(tab, { ttlMs: 10 }) };
    tab.wait(3_000).fire("slice").wait(3_000).fire("slice");
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.effect("write-hold")?.hold).toMatchObject({ attempt: "tab-b-7", failures: 1 });
    tab.wait(1_000).fire("claim");
    expect(tab.effect("write-hold")?.hold).toMatchObject({ attempt: "tab-b-7", failures: 1 });
    expect(tab.effect("send-refresh")?.attempt).toBe("tab-b-7");
  });

  it("L2: a thief asks the lock manager once its claim has stood, where no cookie can be read", () => {
    const tab = queued({ ...signedInRegister(), mark: "unreadable" });
    tab.wait(3_000).fire("slice").send({ type: "lock-granted", ticket: tab.ticket });
    const announced = tab.effect("write-hold")?.hold;
    tab.wait(1_000).fire("claim");
    expect(tab.phase).toBe("rereading");
    peersRead(tab);
    expect(tab.effect("send-refresh")?.attempt).toBe(announced?.attempt);
  });

  it("a holder with a claim is left alone, however long this tab has been open", () => {
    const tab = new MachineTab(signedInRegister()).wait(3_600_000).start();
    peersRead(tab);
    tab.register = { ...tab.register, hold: hold(tab) };
    tab.wait(3_000).fire("slice");
    expect(tab.effect("request-lock")?.steal).toBe(false);
  });

  it("a holder is left alone while its claim stands, though nothing else is heard of it", () => {
    const tab = queued();
    tab.register = { ...tab.register, hold: hold(tab) };
    const steals = [1, 2, 3, 4].map(() => tab.wait(3_000).fire("slice").effect("request-lock")?.steal);
    expect(steals).toEqual([false, false, false, false]);
  });

  it("a holder that claims again and again is stolen from when the bound is over", () => {
    const tab = queued();
    const steals: (boolean | undefined)[] = [];
    for (let slice = 0; slice < 12; slice += 1) {
      tab.register = { ...tab.register, hold: hold(tab) };
      steals.push(tab.wait(3_000).fire("slice").effect("request-lock")?.steal);
    }
    expect(steals).toEqual([...Array.from({ length: 11 }, () => false), true]);
  });
});

describe("L2: the nonce of a refresh", () => {
  it("is another one for each refresh, and for each tab", () => {
    const nonces = ["tab-a", "tab-b"].flatMap((name) => {
      const tab = new MachineTab(signedInRegister(), {}, name).start().untilRequest();
      const first = tab.effect("send-refresh")?.attempt;
      tab.grant(fresh(2)).wait(256_000).fire("due").untilRequest();
      return [first, tab.effect("send-refresh")?.attempt];
    });
    expect(new Set(nonces).size).toBe(4);
    expect(nonces).not.toContain("");
  });

  it("is another one after a refresh that is over, also where no cookie can be read", () => {
    const tab = queued({ ...signedInRegister(), mark: "unreadable" });
    tab.register = { ...tab.register, hold: hold(tab, { ttlMs: 0 }) };
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    peersRead(tab);
    expect(tab.phase).toBe("requesting");
    expect(tab.effect("send-refresh")?.attempt).not.toBe("tab-b-7");
  });

  it("is kept by the next try of a refresh that was left behind, which has a number of its own", () => {
    const tab = queued();
    tab.register = { ...tab.register, hold: hold(tab) };
    tab.wait(28_000).send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.register.hold).toMatchObject({ attempt: "tab-b-7", failures: 1 });
  });

  it("is not taken over from another session, whatever its revision", () => {
    const tab = queued();
    const left = hold(tab, { base: { sessionId: "S0", revision: 1 }, ttlMs: 1_000 });
    tab.register = { ...tab.register, hold: left };
    tab.wait(2_000).send({ type: "lock-granted", ticket: tab.ticket });
    expect(tab.effect("send-refresh")?.attempt).not.toBe(left.attempt);
  });
});

describe("L6: a token that is handed to a sibling", () => {
  it("tells how old it is", () => {
    const tab = signedInTab().wait(100_000);
    tab.send({ type: "message-received", message: { v: 1, from: "tab-b", kind: "ask", to: null } });
    expect(tab.effect("broadcast")?.body).toMatchObject({ kind: "token", ageMs: 100_000 });
  });
});

describe("R-150: an inspector can follow", () => {
  it("a refresh, and a revocation", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "this" }).untilRequest();
    const { ticket } = tab;
    tab.send({ type: "sign-out-answered", ticket, outcome: { kind: "done" } });
    const told = tab.inspected.filter(({ type }) => type !== "transition");
    expect(told).toMatchObject([
      { type: "lock-requested", steal: false },
      { type: "lock-granted" },
      { type: "refresh-sent", retry: false },
      { type: "signed-in" },
      { type: "refreshed", revision: 2 },
      { type: "signed-out", reason: "signed-out" },
      { type: "lock-requested", steal: false },
      { type: "lock-granted" },
      { type: "revocation-sent", scope: "this" },
      { type: "revocation-confirmed" },
    ]);
  });

  it("a theft, how long the lock was waited for, and a pause", () => {
    const tab = queued();
    tab.send({ type: "lock-stolen", ticket: tab.ticket }).wait(2_000);
    tab.send({ type: "lock-granted", ticket: tab.ticket });
    tab.answer({ kind: "failed", failure: { code: "network" } });
    expect(tab.inspected).toContainEqual({ type: "lock-stolen" });
    expect(tab.inspected).toContainEqual({ type: "lock-granted", waitedMs: 2_000 });
    expect(tab.inspected).toContainEqual({ type: "backing-off", code: "network", retryInMs: 750 });
  });

  it("which token a turn left in hand; a look that changed nothing is not shown", () => {
    const tab = signedInTab();
    const shown = tab.inspected.length;
    expect(tab.inspected[0]).toMatchObject({ type: "transition", event: "started", revision: -1 });
    expect(tab.inspected.at(-1)).toMatchObject({ type: "transition", revision: 2 });
    tab.send({ type: "checked" });
    expect(tab.inspected.length).toBe(shown);
    tab.rotate(1, "S2").send({ type: "checked" });
    expect(tab.inspected.at(-1)).toMatchObject({ event: "checked", phase: "rereading", revision: -1 });
  });

  it("a look that found nobody signed in any more, though what is under way goes on", () => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest();
    tab.register = {
      ...tab.register,
      record: { epoch: 2, status: "out", sessionId: "S1", reason: "idle", pending: null },
    };
    tab.send({ type: "checked" });
    expect(tab.inspected.at(-1)).toMatchObject({ event: "checked", status: "unauthenticated" });
  });
});
