// @vitest-environment happy-dom
import { useIdleWarning } from "@lockstep/vue";
import { h, nextTick } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { adaSignedIn, mountWith } from "./mount.js";
import { recordWarnings } from "./warnings.js";

recordWarnings();
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const minute = 60_000;

async function idling() {
  const { session, clock, openTab } = await adaSignedIn({ idleLifetimeMs: 30 * minute });
  let renders = 0;
  const { app, root } = mountWith(session, {
    setup() {
      const { secondsLeft, staySignedIn } = useIdleWarning();
      return () => {
        renders += 1;
        return secondsLeft.value === null
          ? "calm"
          : h("button", { onClick: staySignedIn }, secondsLeft.value);
      };
    },
  });
  const pass = async (ms: number): Promise<void> => {
    vi.setSystemTime(clock.wall() + ms);
    await clock.advance(ms);
    await nextTick();
  };
  return { session, clock, openTab, app, root, pass, renders: () => renders };
}

describe("useIdleWarning", () => {
  it("changes nothing until the warning, then once a second, to the end", async () => {
    const { clock, root, pass, renders, session } = await idling();
    await pass(28 * minute);
    expect([root.textContent, renders()]).toEqual(["calm", 1]);
    await pass(minute);
    expect([root.textContent, renders()]).toEqual(["60", 2]);
    vi.setSystemTime(clock.wall() + 10_000);
    vi.advanceTimersByTime(1_000);
    await nextTick();
    expect([root.textContent, renders()]).toEqual(["49", 3]);
    await pass(minute);
    expect(root.textContent).toBe("calm");
    expect(session.getSnapshot()).toEqual({ status: "unauthenticated", reason: "idle" });
  });

  it("`staySignedIn` clears it here and in the other tab", async () => {
    const { root, pass, openTab } = await idling();
    const other = openTab().session;
    await other.ready();
    await pass(29.5 * minute);
    expect(root.textContent).toBe("30");
    expect(other.getSnapshot()).toMatchObject({ warning: { reason: "idle" } });
    root.querySelector("button")?.click();
    await pass(1_000);
    expect(root.textContent).toBe("calm");
    expect(other.getSnapshot()).toMatchObject({ status: "authenticated", warning: null });
  });

  it("leaves no timer behind", async () => {
    const { app, pass } = await idling();
    await pass(29.5 * minute);
    expect(vi.getTimerCount()).toBe(1);
    app.unmount();
    expect(vi.getTimerCount()).toBe(0);
  });
});
