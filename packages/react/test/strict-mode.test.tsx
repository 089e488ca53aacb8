// @vitest-environment happy-dom
import { useSession, useUser } from "@lockstep/react";
import { createTestSession } from "@lockstep/testing";
import { act, StrictMode, type ReactNode } from "react";
import { describe, expect, it } from "vitest";
import { countListeners } from "./listeners.js";
import { expectNoWarnings, show, WithSession } from "./page.js";

expectNoWarnings();

const Status = (): ReactNode => useSession().status;
const Inline = (): ReactNode => useSession(({ status }) => ` ${status}`);
const User = (): ReactNode => ` ${JSON.stringify(useUser())}`;

describe("StrictMode, which mounts everything twice", () => {
  it("shows the session as ever, follows it, and leaves nothing behind", async () => {
    const test = createTestSession({ user: "ada", start: false });
    const { session, listeners, calls } = countListeners(test.session);
    const page = await show(
      <StrictMode>
        <WithSession session={session}>
          <Status />
          <Inline />
          <User />
        </WithSession>
      </StrictMode>,
    );
    expect(page.text()).toBe('authenticated authenticated {"id":"ada"}');
    expect(listeners()).toBe(3);
    expect(test.backend.refreshes).toHaveLength(1);
    await act(() => session.signOut());
    expect(page.text()).toBe("unauthenticated unauthenticated null");
    await page.leave();
    expect(listeners()).toBe(0);
    expect(calls.dispose).toBe(0);
  });
});
