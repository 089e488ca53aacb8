/** L7: every promise settles within its bound, whatever other tabs, the network and the application's own code do. */
import { hang, holdAnswer } from "../support/faults.js";
import { expect, test } from "../support/fixtures.js";
import { freeze } from "../support/real-tabs.js";

const tenMinutesMs = 600_000;

test("L7, scenario 4: a refresh that never settles ends at its own deadline, for its tab and for those that wait", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const holder = await openSignedIn();
  const waiter = await openTab();
  await expect.poll(() => waiter.status()).toBe("authenticated as ann");
  backend.intercept("/session/refresh", hang);
  const startedAt = Date.now();
  const held = holder.refresh();
  await expect.poll(() => backend.refreshes()).toHaveLength(1);
  const waited = waiter.refresh();
  expect(await held).toMatchObject({ ok: false, code: "timeout" });
  expect(await waited).toMatchObject({ ok: false, code: "timeout" });
  expect(Date.now() - startedAt, "sooner than a waiter's patience of 60 s").toBeLessThan(30_000);
  expect(backend.refreshes(), "and the credential was not sent again").toHaveLength(1);
  for (const tab of [holder, waiter]) expect(await tab.status()).toContain("authenticated as ann");
});

test(
  "L7, scenario 5: a holder that is frozen mid-refresh keeps nobody waiting, and its late result is fenced",
  { tag: "@background" },
  async ({ world }) => {
    const { backend, context, openSignedIn, openTab } = await world({ real: true });
    const holder = await openSignedIn();
    const waiter = await openTab({ page: await context.newPage() });
    await waiter.page.bringToFront();
    await expect.poll(() => waiter.status()).toBe("authenticated as ann");
    await holder.page.waitForFunction(() => document.visibilityState === "hidden");

    const held = holdAnswer(backend);
    await holder.eval(() => void window.session.refresh().catch((error: unknown) => window.note(error)));
    await held.reached;
    const { thaw } = await freeze(holder.page);
    const refreshed = waiter.refresh();
    await expect.poll(() => waiter.inspected("claim-awaited")).toHaveLength(1);
    held.release();
    expect((await refreshed).ok).toBe(true);
    expect(backend.refreshes()).toHaveLength(2);

    await thaw();
    await holder.page.bringToFront();
    await expect.poll(() => holder.status()).toBe("authenticated as ann");
    expect(await holder.getAccessToken()).toEqual(await waiter.getAccessToken());
    expect(
      backend.refreshes().map(({ generation }) => generation),
      "nothing ran twice",
    ).toEqual([1, 2]);
    expect(backend.eventsOf("reuse-detected")).toEqual([]);
  },
);

test(
  "L7, scenario 5: a holder that hangs with the lock is stolen from, and does no harm when it comes back",
  { tag: "@busy" },
  async ({ world }) => {
    const { backend, openSignedIn, openTab } = await world();
    const holder = await openSignedIn();
    const waiter = await openTab();
    await expect.poll(() => waiter.status()).toBe("authenticated as ann");
    const held = holdAnswer(backend);
    await holder.eval(() => void window.session.refresh().catch((error: unknown) => window.note(error)));
    await held.reached;
    const hung = holder.eval(() => {
      const until = performance.now() + 8_000;
      while (performance.now() < until);
    });
    const refreshed = waiter.refresh();
    await expect.poll(async () => (await waiter.inspected("lock-requested")).length).toBe(1);
    held.release();
    expect((await refreshed).ok).toBe(true);
    expect((await waiter.inspected("lock-requested")).map(({ steal }) => steal)).toContain(true);
    await hung;
    await expect.poll(() => holder.inspected("lock-stolen")).toHaveLength(1);
    await expect
      .poll(async () => (await holder.getAccessToken()).value)
      .toBe((await waiter.getAccessToken()).value);
    expect(
      backend.refreshes().map(({ generation }) => generation),
      "nothing ran twice",
    ).toEqual([1, 2]);
    expect(backend.eventsOf("reuse-detected")).toEqual([]);
  },
);

test("L7, attack B2: a lock of our name that another script holds for ever is taken over", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const tab = await openSignedIn();
  const squatter = await openTab({ session: { namespace: "another" } });
  await squatter.eval(
    () =>
      void navigator.locks
        .request("lockstep:refresh", () => new Promise(() => undefined))
        .catch(() => undefined),
  );
  await expect
    .poll(() => tab.eval(async () => (await navigator.locks.query()).held?.map(({ name }) => name)))
    .toContain("lockstep:refresh");
  expect((await tab.refresh()).ok).toBe(true);
  expect(backend.refreshes()).toHaveLength(1);
});

test("L7, scenario 6: nobody fails because a refresh takes 8 seconds", async ({ world }) => {
  const { backend, openSignedIn, openTab } = await world();
  const holder = await openSignedIn("ann", { clockOffsetMs: 0 });
  const waiter = await openTab({ clockOffsetMs: 0 });
  await expect.poll(() => waiter.status()).toBe("authenticated as ann");
  backend.intercept(
    "/session/refresh",
    async ({ decide }) => {
      const response = await decide();
      await new Promise((resolve) => setTimeout(resolve, 8_000));
      return response;
    },
    1,
  );
  for (const tab of [holder, waiter]) await tab.stepClock(tenMinutesMs);
  const outcomes = await Promise.all([holder.getAccessToken(), waiter.getAccessToken()]);
  expect(outcomes.map(({ ok }) => ok)).toEqual([true, true]);
  expect(outcomes[0]?.value).toBe(outcomes[1]?.value);
  expect(backend.refreshes()).toHaveLength(1);
});

test("L7, scenario 7: a caller that aborts is told so, and the others get their token", async ({ world }) => {
  const { backend, openSignedIn, openTab } = await world();
  const tab = await openSignedIn("ann", { clockOffsetMs: 0 });
  const other = await openTab({ clockOffsetMs: 0 });
  await expect.poll(() => other.status()).toBe("authenticated as ann");
  const held = holdAnswer(backend);
  for (const { stepClock } of [tab, other]) await stepClock(tenMinutesMs);
  const aborted = tab.eval(() => {
    const abort = new AbortController();
    Object.assign(window, { abort });
    return window.outcome(window.session.getAccessToken({ signal: abort.signal }));
  });
  const waiting = [tab.getAccessToken(), other.getAccessToken()];
  await held.reached;
  const abortedFetch = tab.eval(() => {
    const { abort } = window as unknown as { abort: AbortController };
    const request = window.outcome(window.session.fetch("/api/echo", { signal: abort.signal }));
    abort.abort(new DOMException("Enough", "AbortError"));
    return request;
  });
  expect(await aborted).toMatchObject({ ok: false, name: "AbortError", message: "Enough" });
  expect(await abortedFetch).toMatchObject({ ok: false, name: "AbortError" });
  held.release();
  for (const outcome of await Promise.all(waiting)) expect(outcome.ok).toBe(true);
  expect(backend.refreshes()).toHaveLength(1);
});

test("L7, scenario 8: a subscriber may await tokens and refreshes inside its callback, during start-up too", async ({
  world,
}) => {
  const { backend, openSignedIn, openTab } = await world();
  const first = await openSignedIn();
  const tab = await openTab({ idle: true });
  const results = await tab.eval(async () => {
    const settled: string[] = [];
    const called = new Promise<void>((resolve) => {
      const use = async (): Promise<void> => {
        settled.push("called");
        await window.session.getAccessToken();
        settled.push("token");
        await window.session.refresh();
        settled.push("refresh");
        await window.session.ready();
        settled.push("ready");
        resolve();
      };
      window.session.subscribe(({ status }) => {
        if (status === "authenticated" && settled.length === 0) use().catch(window.note);
      });
    });
    window.session.start();
    await called;
    return settled;
  });
  expect(results).toEqual(["called", "token", "refresh", "ready"]);
  await expect.poll(() => first.getAccessToken()).toEqual(await tab.getAccessToken());
  expect(backend.refreshes()).toHaveLength(1);
});

test("L7: a subscriber that throws stops neither the others nor the session", async ({ world }) => {
  const { openSignedIn } = await world({ errorsExpected: true });
  const tab = await openSignedIn();
  const heard = await tab.eval(async () => {
    const heard: string[] = [];
    window.session.subscribe(() => {
      throw new Error("of the application");
    });
    window.session.subscribe(({ status }) => void heard.push(status));
    await window.session.signOut();
    return heard;
  });
  expect(heard).toEqual(["unauthenticated"]);
  await tab.page.waitForFunction(() => window.caught.some((text) => text.includes("of the application")));
});
