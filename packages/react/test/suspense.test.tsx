// @vitest-environment happy-dom
import { useSession } from "@lockstep/react";
import { act, lazy, startTransition, Suspense, useState, type ReactNode } from "react";
import { describe, expect, it } from "vitest";
import { countListeners } from "./listeners.js";
import { expectNoWarnings, show, signedIn, WithSession } from "./page.js";

expectNoWarnings();

/** A component that is loaded when the test says so, and shows the session too. */
function lateComponent() {
  let arrive: (module: { default: () => ReactNode }) => void = () => undefined;
  const Late = lazy(() => new Promise<{ default: () => ReactNode }>((resolve) => (arrive = resolve)));
  const Loaded = (): ReactNode => <b>{useSession().status}</b>;
  return { Late, load: () => act(async () => arrive({ default: Loaded })) };
}

const Status = (): ReactNode => <i>{useSession(({ status }) => status)}</i>;

describe("a component that shows the session, beside one that is still being loaded", () => {
  it("is right when both appear, though the sign-out came before", async () => {
    const { session, listeners } = countListeners((await signedIn()).session);
    const { Late, load } = lateComponent();
    const page = await show(
      <WithSession session={session}>
        <Suspense fallback="…">
          <Status />
          <Late />
        </Suspense>
      </WithSession>,
    );
    expect(page.text()).toBe("…");
    await act(() => session.signOut());
    expect(page.text()).toBe("…");
    await load();
    expect(page.container.innerHTML).toBe("<i>unauthenticated</i><b>unauthenticated</b>");
    await page.leave();
    expect(listeners()).toBe(0);
  });

  it("is right when it was hidden behind the fallback during the sign-out", async () => {
    const { session } = await signedIn();
    const { Late, load } = lateComponent();
    const tree = (late: boolean): ReactNode => (
      <WithSession session={session}>
        <Suspense fallback="…">
          <Status />
          {late && <Late />}
        </Suspense>
      </WithSession>
    );
    const page = await show(tree(false));
    await page.show(tree(true));
    expect(page.text()).toContain("…");
    await act(() => session.signOut());
    await load();
    expect(page.text()).toBe("unauthenticatedunauthenticated");
  });

  it("L3: shows a sign-out at once, while a transition waits for the other", async () => {
    const { session } = await signedIn();
    const { Late, load } = lateComponent();
    let open: () => void = () => undefined;
    function Content(): ReactNode {
      const [isOpen, setOpen] = useState(false);
      open = () => startTransition(() => setOpen(true));
      return (
        <Suspense fallback="…">
          <Status />
          {isOpen && <Late />}
        </Suspense>
      );
    }
    const page = await show(
      <WithSession session={session}>
        <Content />
      </WithSession>,
    );
    await act(async () => open());
    expect(page.text()).toBe("authenticated");
    await act(() => session.signOut());
    expect(page.container.querySelector("i")?.textContent).toBe("unauthenticated");
    await load();
    expect(page.text()).toBe("unauthenticatedunauthenticated");
  });
});
