// @vitest-environment happy-dom
import type { Session } from "@lockstep/core";
import { useSession } from "@lockstep/react";
import { Profiler, startTransition, useState, type ReactNode } from "react";
import { describe, expect, it, vi } from "vitest";
import { expectNoWarnings, show, signedIn, WithSession } from "./page.js";

expectNoWarnings();

const rowCount = 20;

/** Longer than React's scheduler works without a break, which is 5 ms: every row ends a turn. */
const rowMs = 7;

function beSlow(): void {
  const until = performance.now() + rowMs;
  while (performance.now() < until);
}

/** Renders slow rows in a transition, and signs out when five of them have been rendered. */
async function signOutDuringTransition(session: Session, isMountedBefore: boolean) {
  /** What the rows of the transition saw, in the order of their renders. */
  const seen: string[] = [];
  /** What was on the page after each commit. */
  const shown: string[][] = [];
  let begin: () => void = () => undefined;

  function Row({ isSlow }: { readonly isSlow: boolean }): ReactNode {
    const status = useSession((snapshot) => snapshot.status);
    if (isSlow) {
      beSlow();
      seen.push(status);
      if (seen.length === 5) queueMicrotask(() => void session.signOut());
    }
    return <li>{status}</li>;
  }
  function Header(): ReactNode {
    return <li>{useSession().status}</li>;
  }
  function Rows(): ReactNode {
    const [isSlow, setSlow] = useState(false);
    begin = () => startTransition(() => setSlow(true));
    if (!isMountedBefore && !isSlow) return null;
    return Array.from({ length: rowCount }, (_, index) => <Row key={index} isSlow={isSlow} />);
  }
  const record = (): void =>
    void shown.push(Array.from(document.querySelectorAll("li"), ({ textContent }) => textContent ?? ""));

  await show(
    <WithSession session={session}>
      <Profiler id="page" onRender={record}>
        <Header />
        <Rows />
      </Profiler>
    </WithSession>,
  );
  // From here on React works in turns, as on a page.
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", false);
  begin();
  await vi.waitFor(() => {
    expect(shown.at(-1)).toEqual(Array.from({ length: rowCount + 1 }, () => "unauthenticated"));
    expect(seen.length).toBeGreaterThanOrEqual(rowCount);
  }, 20_000);
  return { seen, shown };
}

describe("L3: a sign-out in the middle of a slow transition", () => {
  it.each([
    ["that shows more components", false],
    ["that renders those on the page again", true],
  ])("%s: all of them agree at every moment", async (_, isMountedBefore) => {
    const { session } = await signedIn();
    const { seen, shown } = await signOutDuringTransition(session, isMountedBefore);
    // It did come in the middle: some had been rendered with the session before it, and not all.
    expect(seen.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => "authenticated"));
    expect(seen.filter((status) => status === "authenticated").length).toBeLessThan(rowCount);
    for (const statuses of shown) expect(new Set(statuses).size).toBe(1);
  });
});
