import { describe, expect, it } from "vitest";
import { usableGrant } from "../../src/machine/demand.js";
import type { ReceivedMessage } from "../../src/machine/event.js";
import {
  answerLogin,
  fresh,
  identity,
  loggingIn,
  MachineTab,
  signedInRegister,
  signedInTab,
  wallStart,
} from "./support.js";

type TokenMessage = Extract<ReceivedMessage, { kind: "token" }>;

function tokenMessage(overrides: Partial<TokenMessage> = {}): TokenMessage {
  const { token, lifetimeMs } = fresh(2);
  return {
    v: 1,
    from: "tab-b",
    kind: "token",
    epoch: 1,
    sessionId: "S1",
    revision: 2,
    token,
    lifetimeMs,
    ageMs: 0,
    sentAtWall: wallStart,
    user: { id: "ada" },
    authTime: 1,
    acr: null,
    expiresAt: null,
    identity: identity(),
    ...overrides,
  };
}

/** A new tab beside one that holds revision 2. */
function newTab(): MachineTab {
  const tab = new MachineTab(signedInRegister(2)).start();
  return tab.send({
    type: "peers-read",
    ticket: tab.ticket,
    peers: [{ tabId: "tab-b", epoch: 1, revision: 2 }],
  });
}

function receive(tab: MachineTab, message: ReceivedMessage): MachineTab {
  return tab.send({ type: "message-received", message });
}

describe("L1: a new tab takes the token from a sibling, with no request", () => {
  it("asks, adopts, and schedules its own refresh", () => {
    const tab = newTab();
    expect(tab.phase).toBe("asking");
    receive(tab, tokenMessage());
    expect(tab.state.who.status).toBe("authenticated");
    expect(tab.phase).toBe("scheduled");
    expect(tab.inspected).toContainEqual({
      type: "adopted",
      from: "tab-b",
      revision: 2,
      lifetimeMs: 300_000,
      ageMs: 0,
    });
  });

  it("takes it also where the server sets no version cookie", () => {
    const tab = new MachineTab({ ...signedInRegister(), mark: null }).start();
    expect(receive(tab, tokenMessage()).state.grant?.revision).toBe(2);
  });

  it("asks only siblings that hold the newest token of this epoch, three at most", () => {
    const tab = new MachineTab(signedInRegister(2)).start();
    const peers = [
      { tabId: "tab-a", epoch: 1, revision: 9 },
      { tabId: "old", epoch: 0, revision: 9 },
      { tabId: "behind", epoch: 1, revision: 1 },
      ...["p", "q", "r", "s"].map((tabId, index) => ({ tabId, epoch: 1, revision: 2 + index })),
    ];
    tab.send({ type: "peers-read", ticket: tab.ticket, peers });
    expect(tab.effect("broadcast")?.body).toEqual({ kind: "ask", to: ["s", "r", "q"] });
    receive(tab, { v: 1, from: "s", kind: "none", to: "tab-a" });
    receive(tab, { v: 1, from: "s", kind: "none", to: "somebody-else" });
    expect(tab.phase).toBe("asking");
  });

  it("answers a sibling with its token, or says that it has none", () => {
    const tab = signedInTab();
    receive(tab, { v: 1, from: "tab-b", kind: "ask", to: ["tab-a"] });
    expect(tab.effect("broadcast")?.body).toMatchObject({ kind: "token", revision: 2, epoch: 1 });
    receive(tab, { v: 1, from: "tab-b", kind: "ask", to: ["tab-c"] });
    expect(tab.did).not.toContain("broadcast");
    tab.wait(299_000);
    receive(tab, { v: 1, from: "tab-b", kind: "ask", to: null });
    expect(tab.effect("broadcast")?.body).toEqual({ kind: "none", to: "tab-b" });
  });

  it("with sharing off it answers that it has none", () => {
    const tab = signedInTab({ shareToken: false });
    receive(tab, { v: 1, from: "tab-b", kind: "ask", to: null });
    expect(tab.effect("broadcast")?.body).toEqual({ kind: "none", to: "tab-b" });
  });

  it("a token too long for a message is not shared, only its arrival is", () => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest();
    tab.grant(fresh(2, { token: "x".repeat(70_000) }));
    expect(tab.effect("broadcast")?.body).toEqual({ kind: "changed", epoch: 1 });
  });
});

describe("L3, L9: a token of a login", () => {
  it("begins another epoch where no cookie can tell that the session is another", () => {
    const tab = loggingIn(signedInTab());
    tab.register = { ...tab.register, mark: "unreadable" };
    expect(answerLogin(tab, "granted").state.record).toEqual({ epoch: 2, status: "in", sessionId: "S2" });
  });

  it("signs in also where the server gives the session its former name again", () => {
    const tab = loggingIn(signedInTab());
    const end = { epoch: 2, status: "out", sessionId: "S1", reason: "idle", pending: null } as const;
    tab.register = { ...tab.register, record: end, mark: null };
    answerLogin(tab.send({ type: "checked" }), "granted", identity("S1"));
    expect(tab.state.record).toEqual({ epoch: 3, status: "in", sessionId: "S1" });
  });
});

describe("L3, L6, attacks C2–C4: a token that does not fit is not taken", () => {
  it.each([
    ["of an epoch that is over (C3: replayed after a sign-out and a sign-in)", { epoch: 0 }],
    ["of another session", { identity: identity("S9") }],
    ["newer than the version cookie says there is", { revision: 7 }],
    [
      "that expired while the message was queued in front of a frozen tab",
      { sentAtWall: wallStart - 300_000 },
    ],
    ["that was old when it was sent", { ageMs: 299_000 }],
    [
      "sent before the clock was set back, by a clock that is ahead of ours now",
      { sentAtWall: wallStart + 60_000 },
    ],
  ])("%s", (_, overrides) => {
    const tab = receive(newTab(), tokenMessage(overrides));
    expect(tab.state.grant).toBeNull();
    expect(tab.inspected).toContainEqual({ type: "message-ignored", why: "unfit" });
  });

  it("C4: an older token after a newer one changes nothing, and is no news", () => {
    const tab = receive(signedInTab().rotate(3), tokenMessage({ revision: 1 }));
    expect(tab.state.grant?.revision).toBe(2);
    expect(tab.inspected.some(({ type }) => type === "message-ignored")).toBe(false);
  });

  it("C2: a token of another user within the same session is refused", () => {
    const tab = receive(
      signedInTab().rotate(3),
      tokenMessage({ revision: 3, identity: identity("S1", "mallory") }),
    );
    expect(tab.state.grant?.revision).toBe(2);
  });

  it("without a subject to compare, a user is the same within one session", () => {
    const nameless = { ...identity(), subject: null };
    const tab = receive(signedInTab().rotate(3), tokenMessage({ revision: 3, identity: nameless }));
    expect(tab.state.grant?.revision).toBe(3);
  });

  it("after sign-out none is taken", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "this" });
    receive(tab, tokenMessage({ revision: 2 }));
    expect(tab.state.grant).toBeNull();
  });

  it("with sharing off none is taken", () => {
    const tab = new MachineTab(signedInRegister(2), { shareToken: false }).start();
    expect(receive(tab, tokenMessage()).state.grant).toBeNull();
  });

  it("a token for a session whose id only the answer can tell is taken (endpoint on another host)", () => {
    const tab = new MachineTab({
      record: { epoch: 1, status: "in", sessionId: null },
      mark: "unreadable",
      hold: null,
      lifetime: null,
    });
    receive(tab.start(), tokenMessage());
    expect(tab.state.grant?.revision).toBe(2);
  });
});

describe("L10: what is not news renders nothing", () => {
  it("a silent refresh leaves the identity the very same object", () => {
    const tab = signedInTab();
    const { who } = tab.state;
    tab.wait(295_000).fire("due").untilRequest().grant(fresh(3));
    expect(tab.state.grant?.revision).toBe(3);
    expect(tab.state.who).toBe(who);
  });

  it("a changed name is news; a changed user is `user-changed`", () => {
    const tab = signedInTab();
    const { who } = tab.state;
    const renamed = { ...identity(), user: { id: "ada", name: "Countess" } };
    tab
      .wait(295_000)
      .fire("due")
      .untilRequest()
      .grant(fresh(3, { identity: renamed }));
    expect(tab.state.who).not.toBe(who);
    expect(tab.inspected).not.toContainEqual({ type: "user-changed" });
    tab
      .wait(295_000)
      .fire("due")
      .untilRequest()
      .grant(fresh(1, { identity: identity("S2", "grace") }));
    expect(tab.inspected).toContainEqual({ type: "user-changed" });
  });

  it("a hint without news changes nothing", () => {
    const tab = signedInTab();
    const { state } = tab;
    receive(tab, { v: 1, from: "tab-b", kind: "changed", epoch: 1 });
    expect(tab.state).toEqual(state);
  });
});

describe("L3, L9: a message that overtakes the register", () => {
  const tombstone = {
    epoch: 2,
    status: "out",
    sessionId: "S1",
    reason: "signed-out",
    pending: null,
  } as const;
  const rumour = { v: 1, from: "tab-b", kind: "changed", epoch: 2 } as const;

  it("is enough to hand nothing out; the sign-out is acted on when the register shows it", () => {
    const tab = receive(signedInTab(), rumour);
    expect(usableGrant(tab.state, tab.policy, tab.at)).toBeNull();
    expect(tab.state.who.status).toBe("authenticated");
    tab.wait(50).fire("rumour");
    expect(tab.effect("arm-timer")?.name).toBe("rumour");
    tab.register = { ...tab.register, record: tombstone };
    tab.wait(50).fire("rumour");
    expect(tab.state.who).toEqual({ status: "unauthenticated", reason: "signed-out-elsewhere" });
    expect(tab.did).not.toContain("request-lock");
    expect(tab.send({ type: "timer-fired", name: "rumour" }).effects).toEqual([]);
  });

  it("C1: a forged one costs a look at the server, and signs nobody out", () => {
    const tab = receive(signedInTab(), rumour);
    // A caller waits meanwhile; nothing is sent before the word has had its time.
    tab.send({ type: "token-wanted", fresh: false, minValidityMs: 0 });
    expect(tab.did).not.toContain("request-lock");
    receive(tab, { ...rumour, epoch: 3 })
      .wait(1_000)
      .fire("rumour");
    expect(tab.state.doubted).toBe(true);
    tab.untilRequest().grant(fresh(3));
    expect(usableGrant(tab.state, tab.policy, tab.at)?.revision).toBe(3);
  });

  it("a token of a session whose sign-in the register does not show yet is asked for again when it does", () => {
    const tab = new MachineTab().start();
    receive(tab, tokenMessage());
    expect(tab.state.grant).toBeNull();
    tab.register = signedInRegister(2);
    tab.wait(50).fire("rumour");
    expect(tab.phase).toBe("rereading");
    tab.send({ type: "peers-read", ticket: tab.ticket, peers: [{ tabId: "tab-b", epoch: 1, revision: 2 }] });
    expect(receive(tab, tokenMessage()).state.who.status).toBe("authenticated");
  });

  it("a tab without a token has nothing to doubt when a rumour was none", () => {
    const tab = receive(new MachineTab().start(), rumour).wait(1_000).fire("rumour");
    expect(tab.state).toMatchObject({ rumour: null, doubted: false });
    expect(tab.phase).toBe("idle");
  });
});

describe("R-014: an answer that nobody waits for any more", () => {
  it("brings its token if it still fits, and nothing else", () => {
    const tab = new MachineTab(signedInRegister()).start().untilRequest();
    const late = tab.ticket;
    tab.wait(20_000).fire("request");
    expect(tab.phase).toBe("cooling");
    tab.answer({ kind: "ended", reason: "revoked" }, late);
    expect(tab.phase).toBe("cooling");
    tab.answer({ kind: "granted", fresh: fresh(5) }, late);
    expect(tab.state.grant).toBeNull();
    tab.rotate(2).answer({ kind: "granted", fresh: fresh(2) }, late);
    expect(tab.state.grant?.revision).toBe(2);
    expect(tab.phase).toBe("scheduled");
  });
});
