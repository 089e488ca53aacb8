import { createFakeLifecycle } from "@lockstep/testing";
import { expect, it } from "vitest";

it("a listener that is attached twice hears everything twice, and is detached once at a time", () => {
  const lifecycle = createFakeLifecycle();
  let heard = 0;
  const listener = (): void => void (heard += 1);
  const detachers = [lifecycle.attach(listener), lifecycle.attach(listener)];
  lifecycle.hide();
  detachers[0]?.();
  lifecycle.show();
  expect([heard, lifecycle.attached]).toEqual([3, true]);
  detachers[1]?.();
  expect(lifecycle.attached).toBe(false);
});
