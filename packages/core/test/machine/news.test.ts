import { describe, expect, it } from "vitest";
import type { News } from "../../src/machine/outcome.js";
import { answerLogin, fresh, identity, loggingIn, signedInTab, type MachineTab } from "./support.js";

const ended = { kind: "ended", sessionId: "S1", reason: "revoked" } as const;
const stale = { kind: "stale", sessionId: "S1", revision: 2 } as const;

function hear(tab: MachineTab, news: News): MachineTab {
  return tab.send({ type: "news-heard", news });
}

/** Bob's session follows ada's. */
function switchUser(tab: MachineTab): MachineTab {
  loggingIn(tab);
  return answerLogin(tab.rotate(1, "S2"), "granted", identity("S2", "bob"));
}

describe("L13: the server's word that the session is over", () => {
  it("ends it in the same turn, for all tabs, and there is nothing to tell the server", () => {
    const tab = hear(signedInTab(), ended);
    expect(tab.state).toMatchObject({ grant: null, who: { status: "unauthenticated", reason: "revoked" } });
    expect(tab.register.record).toEqual({
      epoch: 2,
      status: "out",
      sessionId: "S1",
      reason: "revoked",
      pending: null,
    });
    expect(tab.effect("broadcast")?.body).toEqual({ kind: "changed", epoch: 2 });
    expect(tab.did).not.toContain("request-lock");
  });

  it("L3: takes no sign-out of this browser back that the server has still to hear of", () => {
    const tab = signedInTab().send({ type: "sign-out-wanted", scope: "all" });
    const { record } = tab.register;
    expect(hear(tab, ended).register.record).toEqual(record);
    expect(record).toMatchObject({ pending: "all" });
  });

  it("says nothing of the session that came after it", () => {
    const tab = hear(switchUser(signedInTab()), ended);
    expect(tab.state.who).toMatchObject({ status: "authenticated", identity: { subject: "bob" } });
  });

  it("L10: leaves the pause that all keep where it is", () => {
    const tab = signedInTab().wait(256_000).fire("due").untilRequest();
    tab.answer({ kind: "failed", failure: { code: "unavailable" } });
    const { hold } = tab.register;
    expect(hold?.kind).toBe("cooldown");
    expect(hear(tab, ended).register.hold).toEqual(hold);
  });
});

describe("L13: the server's word that a user has changed", () => {
  it("has a new token made, in a hidden tab too: nobody else may have heard", () => {
    const tab = hear(signedInTab().send({ type: "hidden" }), stale).untilRequest();
    expect(tab.did).toContain("send-refresh");
    tab.grant(fresh(3));
    expect(tab.phase).toBe("scheduled");
  });

  it("L1: asks for nothing that the token in hand was made after", () => {
    const tab = hear(signedInTab(), { ...stale, revision: 1 });
    expect(tab.phase).toBe("scheduled");
  });

  it("L1: says nothing of the session that came after it, which begins to count anew", () => {
    const tab = hear(signedInTab(), { ...stale, revision: 9 });
    tab.untilRequest().answer({ kind: "failed", failure: { code: "unavailable" } });
    expect(switchUser(tab).phase).toBe("scheduled");
  });
});
