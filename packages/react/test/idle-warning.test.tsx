// @vitest-environment happy-dom
import { useIdleWarning } from "@lockstep/react";
import { act, type ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { expectNoWarnings, show, signedIn, WithSession } from "./page.js";

expectNoWarnings();
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const minute = 60_000;

async function idling() {
  const { session, clock, openTab } = await signedIn({ idleLifetimeMs: 30 * minute });
  let renders = 0;
  function Countdown(): ReactNode {
    renders += 1;
    const warning = useIdleWarning();
    return warning === null ? "calm" : <button onClick={warning.staySignedIn}>{warning.secondsLeft}</button>;
  }
  const page = await show(
    <WithSession session={session}>
      <Countdown />
    </WithSession>,
  );
  const pass = async (ms: number): Promise<void> => {
    vi.setSystemTime(clock.wall() + ms);
    await act(() => clock.advance(ms));
    await act(async () => vi.advanceTimersByTime(0));
  };
  return { session, clock, openTab, page, pass, renders: () => renders };
}

describe("useIdleWarning", () => {
  it("renders nothing new until the warning, then once a second, to the end", async () => {
    const { clock, page, pass, renders, session } = await idling();
    await pass(28 * minute);
    expect([page.text(), renders()]).toEqual(["calm", 1]);
    await pass(minute);
    expect(page.text()).toBe("60");
    const before = renders();
    vi.setSystemTime(clock.wall() + 10_000);
    await act(async () => vi.advanceTimersByTime(1_000));
    expect(page.text()).toBe("49");
    expect(renders() - before).toBeLessThanOrEqual(3);
    await pass(minute);
    expect(page.text()).toBe("calm");
    expect(session.getSnapshot()).toEqual({ status: "unauthenticated", reason: "idle" });
  });

  it("`staySignedIn` clears it here and in the other tab", async () => {
    const { page, pass, openTab } = await idling();
    const other = openTab().session;
    await other.ready();
    await pass(29.5 * minute);
    expect(page.text()).toBe("30");
    expect(other.getSnapshot()).toMatchObject({ warning: { reason: "idle" } });
    await act(async () => page.container.querySelector("button")?.click());
    await pass(1_000);
    expect(page.text()).toBe("calm");
    expect(other.getSnapshot()).toMatchObject({ status: "authenticated", warning: null });
  });

  it("leaves no timer behind", async () => {
    const { page, pass } = await idling();
    await pass(29.5 * minute);
    expect(vi.getTimerCount()).toBe(1);
    await page.leave();
    expect(vi.getTimerCount()).toBe(0);
  });
});
