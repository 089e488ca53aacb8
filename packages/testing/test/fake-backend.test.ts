import { createFakeBackend, createManualClock, createMemoryRegister, watch } from "@lockstep/testing";
import type { BackendOptions } from "@lockstep/testing";
import { describe, expect, it } from "vitest";

function open(options: BackendOptions = {}) {
  const clock = createManualClock();
  const register = createMemoryRegister();
  const backend = createFakeBackend(clock, register, options);
  const { refresh, signOut } = backend.transport(() => true);
  const ask = (attempt: string) => watch(refresh(attempt, null, null));
  return { clock, register, backend, ask, signOut };
}

describe("the fake backend rotates as the real server does", () => {
  it("one refresh is one rotation, and the version cookie says so", async () => {
    const { clock, register, backend, ask } = open();
    backend.logIn("ada");
    expect(register.mark).toEqual({ sessionId: "session-1", revision: 1 });
    const answer = ask("a");
    await clock.advance(49);
    expect(answer.outcome.status).toBe("pending");
    await clock.advance(1);
    expect(answer.outcome).toMatchObject({ value: { kind: "granted", fresh: { revision: 2 } } });
    expect(register.mark).toEqual({ sessionId: "session-1", revision: 2 });
  });

  it("L2: two at once present the same token, and the second ends the session", async () => {
    const { clock, register, backend, ask } = open();
    backend.logIn("ada");
    const [first, second] = [ask("a"), ask("b")];
    await clock.advance(50);
    expect(first.outcome).toMatchObject({ value: { kind: "granted" } });
    expect(second.outcome).toEqual({
      status: "resolved",
      value: { kind: "ended", reason: "reuse-detected" },
    });
    expect(register.mark).toBeNull();
  });

  it("R-082: the same attempt twice is one rotation", async () => {
    const { clock, register, backend, ask } = open();
    backend.logIn("ada");
    const [first, second] = [ask("a"), ask("a")];
    await clock.advance(50);
    for (const { outcome } of [first, second])
      expect(outcome).toMatchObject({ value: { kind: "granted", fresh: { revision: 2 } } });
    expect(register.mark).toMatchObject({ revision: 2 });
  });

  it("R-085: within the grace it is told to give, a second attempt gets the same successor", async () => {
    const { clock, backend, ask } = open({ graceMs: 10_000 });
    backend.logIn("ada");
    const [first, second] = [ask("a"), ask("b")];
    await clock.advance(50);
    for (const { outcome } of [first, second])
      expect(outcome).toMatchObject({ value: { kind: "granted", fresh: { revision: 2 } } });
  });

  it("L3: a signed-out session is over, and its tokens are good for nothing", async () => {
    const { clock, backend, ask, signOut } = open();
    const { token } = backend.logIn("ada").fresh;
    expect(backend.accepts(token)).toBe(true);
    const told = watch(signOut("this"));
    await clock.advance(50);
    expect(told.outcome).toMatchObject({ value: { kind: "done" } });
    expect(backend.accepts(token)).toBe(false);
    const after = ask("a");
    await clock.advance(50);
    expect(after.outcome).toMatchObject({ value: { kind: "ended", reason: "no-session" } });
  });

  it("L6: a token is good until it expires, the machine's sleep included, whatever its clock shows", async () => {
    const { clock, backend } = open({ lifetimeMs: 60_000 });
    const { token } = backend.logIn("ada").fresh;
    clock.step(-3_600_000);
    await clock.advance(30_000);
    clock.sleep(29_999);
    expect(backend.accepts(token)).toBe(true);
    clock.sleep(1);
    expect(backend.accepts(token)).toBe(false);
  });

  it("what a tab asked for is done though it died; the dead hear nothing", async () => {
    const { clock, register, backend } = open();
    backend.logIn("ada");
    let alive = true;
    const answer = watch(backend.transport(() => alive).refresh("a", null, null));
    alive = false;
    await clock.advance(50);
    expect(answer.outcome.status).toBe("pending");
    expect(register.mark).toMatchObject({ revision: 2 });
  });

  it("an endpoint on another host keeps its cookies, and shows none", async () => {
    const { clock, register, backend, ask } = open();
    register.mark = "unreadable";
    backend.logIn("ada");
    expect(register.mark).toBe("unreadable");
    const answer = ask("a");
    await clock.advance(50);
    expect(answer.outcome).toMatchObject({ value: { kind: "granted" } });
  });

  it("R-091: a refresh that another login overtook is told that its session is over, and takes no cookie away", async () => {
    const { clock, register, backend, ask } = open();
    backend.logIn("ada");
    const answer = ask("a");
    backend.logIn("bob");
    const { mark } = register;
    await clock.advance(50);
    expect(answer.outcome).toMatchObject({ value: { kind: "ended", reason: "signed-out-elsewhere" } });
    expect(register.mark).toEqual(mark);
  });

  it("R-055: nobody can tell whose a token is without an id", () => {
    const { identify } = open().backend.transport(() => true);
    const known = { sessionId: "s1", authTime: null, acr: null, expiresAt: null };
    for (const user of [null, {}, { id: 1 }]) expect(identify("token", { ...known, user })).toBeNull();
    expect(identify("token", { ...known, user: { id: "ada" } })).toMatchObject({ subject: "ada" });
  });

  it("another login in the same browser ends the session before it", () => {
    const { backend } = open();
    const { token } = backend.logIn("ada").fresh;
    backend.logIn("bob");
    expect(backend.accepts(token)).toBe(false);
  });
});

describe("trouble", () => {
  it("keeps the server from doing anything", async () => {
    const { clock, register, backend, ask } = open();
    backend.logIn("ada");
    backend.trouble = { code: "network" };
    const answer = ask("a");
    await clock.advance(50);
    expect(answer.outcome).toMatchObject({ value: { kind: "failed", failure: { code: "network" } } });
    expect(register.mark).toMatchObject({ revision: 1 });
  });

  it("silence is no answer, however long one waits", async () => {
    const { clock, backend, ask } = open();
    backend.logIn("ada");
    backend.trouble = "silence";
    const answer = ask("a");
    await clock.advance(3_600_000);
    expect(answer.outcome.status).toBe("pending");
  });

  it("a script answers in its place, or leaves it to the server", async () => {
    const { clock, backend, ask } = open();
    backend.logIn("ada");
    backend.script = ({ attempt }) => (attempt === "a" ? { kind: "ended", reason: "idle" } : null);
    const [a, b] = [ask("a"), ask("b")];
    await clock.advance(50);
    expect(a.outcome).toMatchObject({ value: { kind: "ended", reason: "idle" } });
    expect(b.outcome).toMatchObject({ value: { kind: "granted" } });
  });
});
