// @vitest-environment happy-dom
import { h, isReadonly, isRef, nextTick, watchEffect } from "vue";
import { describe, expect, it } from "vitest";
import { createTestSession } from "@lockstep/testing";
import { ada, adaSignedIn, grace, mountWith, useSessionOf } from "./mount.js";
import { useSession } from "@lockstep/vue";
import { recordWarnings } from "./warnings.js";

const warnings = recordWarnings();

describe("the refs of useSession", () => {
  it("tell of nobody until it is known who is signed in", () => {
    const { used } = useSessionOf(createTestSession({ user: ada, start: false }).session);
    expect(used.snapshot.value).toEqual({ status: "loading", problem: null });
    expect(used.status.value).toBe("loading");
    for (const each of [used.user, used.claims, used.reason, used.problem]) expect(each.value).toBeNull();
  });

  it("tell who is signed in, with the claims", async () => {
    const { session } = await adaSignedIn({ claims: () => ({ role: "admin" }) });
    const { used } = useSessionOf(session);
    expect(used.snapshot.value).toBe(session.getSnapshot());
    expect(used.status.value).toBe("authenticated");
    expect(used.user.value).toEqual(ada);
    expect(used.claims.value).toEqual({ sub: "ada", role: "admin" });
    expect(used.reason.value).toBeNull();
  });

  it("tell why nobody is", async () => {
    const { session, openTab } = await adaSignedIn();
    const { used } = useSessionOf(session);
    await openTab().session.signOut();
    expect(used.status.value).toBe("unauthenticated");
    expect(used.reason.value).toBe("signed-out-elsewhere");
    for (const each of [used.user, used.claims, used.problem]) expect(each.value).toBeNull();
  });

  it("L4: tell what keeps the session from refreshing, while Ada stays signed in", async () => {
    const { session, backend, clock } = await adaSignedIn();
    const { used } = useSessionOf(session);
    backend.trouble = { code: "unavailable", status: 503 };
    await clock.advance(600_000);
    expect([used.problem.value, used.status.value, used.user.value]).toEqual([
      "unavailable",
      "authenticated",
      ada,
    ]);
    backend.trouble = null;
    await clock.advance(120_000);
    expect(used.problem.value).toBeNull();
  });

  it("follow a switch of accounts", async () => {
    const { session, backend, openTab } = await adaSignedIn();
    const { used } = useSessionOf(session);
    const other = openTab().session;
    await other.signIn(() => backend.logIn(grace));
    await session.ready();
    expect(used.user.value).toEqual(grace);
  });

  it("status never returns to loading after the first answer", async () => {
    const { session, backend, clock, hide, show, leave, comeBack } = createTestSession({
      user: ada,
      start: false,
    });
    const { used } = useSessionOf(session);
    const seen: string[] = [];
    watchEffect(() => void seen.push(used.status.value), { flush: "sync" });
    await session.ready();
    backend.trouble = { code: "network" };
    await clock.advance(900_000);
    hide();
    clock.sleep(86_400_000);
    show();
    await clock.advance(60_000);
    leave();
    comeBack();
    backend.trouble = null;
    await clock.advance(900_000);
    await session.signOut();
    await session.signIn(() => backend.logIn(grace));
    expect(seen).toEqual(["loading", "authenticated", "unauthenticated", "authenticated"]);
  });

  it("are readonly: writing warns and changes nothing", async () => {
    const { session } = await adaSignedIn();
    const { used } = useSessionOf(session);
    const refs = [used.snapshot, used.status, used.user, used.claims, used.reason, used.problem];
    for (const each of refs) {
      const before: unknown = each.value;
      const said = warnings.length;
      expect([isRef(each), isReadonly(each)]).toEqual([true, true]);
      (each as { value: unknown }).value = "forged";
      expect(each.value).toBe(before);
      expect(warnings.slice(said)).toEqual([expect.stringMatching(/readonly/)]);
    }
    expect(session.getSnapshot()).toMatchObject({ status: "authenticated", user: ada });
  });

  it("one component cannot change what another one sees", async () => {
    const { session } = await adaSignedIn();
    const seen: ReturnType<typeof useSession>[] = [];
    const Each = {
      setup() {
        seen.push(useSession());
        return () => null;
      },
    };
    mountWith(session, () => [h(Each), h(Each)]);
    (seen[0]!.snapshot as { value: unknown }).value = { status: "unauthenticated", reason: "expired" };
    expect(seen[1]!.user.value).toEqual(ada);
  });
});

describe("the actions of useSession", () => {
  it("sign in and out", async () => {
    const { session, backend } = createTestSession();
    const { used } = useSessionOf(session);
    await used.signIn(() => backend.logIn(ada));
    expect(used.user.value).toEqual(ada);
    expect(await used.signOut()).toEqual({ revoked: true });
    expect([used.status.value, used.reason.value]).toEqual(["unauthenticated", "signed-out"]);
  });

  it("refresh, and hand out the token for requests", async () => {
    const { session, backend } = await adaSignedIn();
    const { used } = useSessionOf(session);
    const before = await used.getAccessToken();
    await used.refresh();
    const after = await used.getAccessToken({ minValidity: 10_000 });
    expect([after === before, backend.accepts(after)]).toEqual([false, true]);
    expect(await (await used.fetch("/api/me")).json()).toEqual({ user: ada });
  });

  it("leave out what is the application's: to start, to subscribe, to dispose", async () => {
    const { used } = useSessionOf((await adaSignedIn()).session);
    expect(Object.keys(used).sort()).toEqual(
      [
        ...["snapshot", "status", "user", "claims", "reason", "problem"],
        ...["signIn", "signOut", "stepUp", "extend", "sessions", "refresh", "getAccessToken", "fetch"],
      ].sort(),
    );
  });
});

it("L5: no token is in what a component sees", async () => {
  const { session } = await adaSignedIn();
  const { used } = useSessionOf(session);
  const token = await session.getAccessToken();
  await nextTick();
  const refs = [used.snapshot, used.user, used.claims, used.reason, used.problem];
  expect(JSON.stringify(refs.map((each) => each.value))).not.toContain(token);
});
