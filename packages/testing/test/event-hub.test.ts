/** What the authority tells who listens: as the server does (packages/server/test/events.test.ts). */
import { describe, expect, it } from "vitest";
import { createAuthority } from "../src/backend/authority.js";
import { createEventHub, type Word } from "../src/backend/event-hub.js";
import { createAgenda } from "../src/agenda.js";

function openServer() {
  const agenda = createAgenda();
  let at = 0;
  const authority = createAuthority({
    now: () => at,
    idleLifetimeMs: 60_000,
    onEvent(event) {
      if (event.type === "ended" || event.type === "changed") hub.notice(event.sessionId);
    },
  });
  const hub = createEventHub({
    now: () => at,
    recordOf: authority.recordOf,
    lifetimeMs: 300_000,
    later(delayMs, run) {
      const appointment = agenda.add(at + delayMs, run);
      return () => agenda.cancel(appointment);
    },
  });
  function advance(ms: number): void {
    const until = at + ms;
    while (agenda.nextAt() <= until) {
      at = agenda.nextAt();
      agenda.take()?.run();
    }
    at = until;
  }
  function listen(sessionId: string, lastTold = 0): Word[] | null {
    const said: Word[] = [];
    const seat = hub.open(sessionId, (word) => said.push(word));
    seat?.begin(lastTold);
    return seat === null ? null : said;
  }
  const { cookies, grant } = authority.logIn("ada", null);
  return { authority, hub, advance, listen, cookies, sessionId: grant.sessionId };
}

describe("R-143: the simulated server", () => {
  it("tells of an end, and ends the stream", () => {
    const { authority, listen, sessionId } = openServer();
    const said = listen(sessionId);
    authority.revoke(sessionId);
    expect(said).toEqual([{ kind: "ended", sessionId, reason: "revoked" }, { kind: "over" }]);
    expect(listen(sessionId)).toBeNull();
  });

  it("tells of an end by reuse, by a sign-out elsewhere, and by the clock", () => {
    const reused = openServer();
    const [first, said] = [reused.cookies?.refresh ?? "", reused.listen(reused.sessionId)];
    for (const nonce of ["a", "b"]) reused.authority.refresh(first, { nonce, activityAgeSeconds: 0 }, null);
    const left = openServer();
    const heard = left.listen(left.sessionId);
    left.authority.revoke(left.sessionId, "signed-out");
    const idle = openServer();
    const last = idle.listen(idle.sessionId);
    idle.advance(60_000);
    const reasons = [said, heard, last].map((words) => words?.find(({ kind }) => kind === "ended"));
    expect(reasons).toMatchObject([
      { reason: "reuse-detected" },
      { reason: "signed-out" },
      { reason: "idle" },
    ]);
  });

  it("ends the stream of a session that its own browser replaced, and says nothing of it", () => {
    const { authority, cookies, listen, sessionId } = openServer();
    const said = listen(sessionId);
    authority.stepUp(cookies?.refresh ?? null, "gold");
    expect(said).toEqual([{ kind: "over" }]);
  });

  it("H4: tells of a change once, also to who was away, and not to who has heard", () => {
    const { authority, listen, sessionId } = openServer();
    const stale = { kind: "stale", sessionId, generation: 1 };
    const said = listen(sessionId);
    authority.changeUser("ada");
    authority.changeUser("ada");
    expect([said, listen(sessionId, 0), listen(sessionId, 1)]).toEqual([[stale], [stale], []]);
  });

  it("says every fifteen seconds that it is there, to four streams of a session at most", () => {
    const { advance, hub, listen, sessionId } = openServer();
    const all = Array.from({ length: 5 }, () => listen(sessionId));
    advance(45_000);
    expect(all.map((words) => words?.map(({ kind }) => kind))).toEqual([
      ["over"],
      ...Array.from({ length: 4 }, () => ["heartbeat", "heartbeat", "heartbeat"]),
    ]);
    hub.restart();
    expect(all.map((words) => words?.at(-1)?.kind)).toEqual(all.map(() => "over"));
  });
});
