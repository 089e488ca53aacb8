// @vitest-environment happy-dom
import { SignedIn, useSession, useUser } from "@lockstep/react";
import type { TestSession } from "@lockstep/testing";
import { act, memo, Profiler, type ReactNode } from "react";
import { describe, expect, it } from "vitest";
import { expectNoWarnings, grace, show, signedIn, WithSession, type Page } from "./page.js";

expectNoWarnings();

const components = 200;

/** A page of many components that show the session, and how often each of them was rendered. */
interface CountedPage extends TestSession {
  readonly page: Page;
  readonly renders: number[];
  readonly statuses: Set<string>;
  /** How often React wrote to the page. */
  commits(): number;
  /** Begins to count anew. */
  restart(): void;
}

async function countedPage(): Promise<CountedPage> {
  const test = await signedIn();
  const renders: number[] = [];
  const statuses = new Set<string>();
  let commits = 0;
  const restart = (): void => {
    renders.splice(0, components, ...Array.from({ length: components }, () => 0));
    statuses.clear();
    commits = 0;
  };
  const count = (index: number): void => void (renders[index]! += 1);

  const Whole = memo(function Whole({ index }: { readonly index: number }): ReactNode {
    count(index);
    const { status } = useSession();
    statuses.add(status);
    return <li>{status}</li>;
  });
  const Picked = memo(function Picked({ index }: { readonly index: number }): ReactNode {
    count(index);
    return <li>{useSession(({ status }) => status)}</li>;
  });
  const User = memo(function User({ index }: { readonly index: number }): ReactNode {
    count(index);
    return <li>{JSON.stringify(useUser())}</li>;
  });
  const kinds = [Whole, Picked, User];

  restart();
  const page = await show(
    <WithSession session={test.session}>
      <Profiler id="page" onRender={() => void (commits += 1)}>
        {renders.map((_, index) => {
          const Kind = kinds[index % kinds.length]!;
          return <Kind key={index} index={index} />;
        })}
      </Profiler>
    </WithSession>,
  );
  return { ...test, page, renders, statuses, restart, commits: () => commits };
}

const times = (count: number): number[] => Array.from({ length: components }, () => count);

describe(`${components} components that show the session`, () => {
  it("are rendered once at first", async () => {
    const { renders, commits } = await countedPage();
    expect(renders).toEqual(times(1));
    expect(commits()).toBe(1);
  });

  it("L10: are not rendered by a silent refresh, asked for or on schedule", async () => {
    const { session, backend, clock, renders, restart, commits } = await countedPage();
    restart();
    const before = await session.getAccessToken();
    await act(() => session.refresh());
    await act(() => clock.advance(3_600_000));
    expect(await session.getAccessToken()).not.toBe(before);
    expect(backend.refreshes.length).toBeGreaterThan(10);
    expect(renders).toEqual(times(0));
    expect(commits()).toBe(0);
  });

  it("L10: are not rendered by a focus that changes nothing, nor by the page hidden and shown", async () => {
    const { lifecycle, hide, show, clock, renders, restart, commits } = await countedPage();
    restart();
    await act(async () => {
      lifecycle.emit({ type: "woke", cause: "focused" });
      hide();
      await clock.advance(10_000);
      show();
      await clock.advance(10_000);
    });
    expect(renders).toEqual(times(0));
    expect(commits()).toBe(0);
  });

  it("L10: are not rendered by another tab that opens, refreshes and closes", async () => {
    const { openTab, clock, renders, restart } = await countedPage();
    restart();
    await act(async () => {
      const { session } = openTab();
      await session.refresh();
      await clock.advance(1_000);
      session.dispose();
      await clock.advance(600_000);
    });
    expect(renders).toEqual(times(0));
  });

  it("L3: are rendered once each by a sign-out, all in one go", async () => {
    const { session, page, renders, restart, commits } = await countedPage();
    restart();
    await act(() => session.signOut());
    expect(renders).toEqual(times(1));
    expect(commits()).toBe(1);
    expect(page.text()).not.toContain("Ada");
  });

  it("L3: are rendered once each by a sign-out in another tab", async () => {
    const { openTab, renders, restart, commits } = await countedPage();
    const other = openTab();
    await other.session.ready();
    restart();
    await act(() => other.session.signOut());
    expect(renders).toEqual(times(1));
    expect(commits()).toBe(1);
  });

  it("are rendered by an account switch where they show another user, and never see it load", async () => {
    const { session, backend, renders, restart, statuses, page } = await countedPage();
    restart();
    await act(() => session.signIn(() => backend.logIn(grace)));
    const picked = renders.filter((_, index) => index % 3 === 1);
    const others = renders.filter((_, index) => index % 3 !== 1);
    expect(new Set(picked)).toEqual(new Set([0]));
    expect(new Set(others)).toEqual(new Set([1]));
    expect([...statuses]).toEqual(["authenticated"]);
    expect(page.text()).not.toContain("Ada");
  });

  it("never see it load again: not by a sign-out, an outage, a switch, or a page that was left", async () => {
    const { session, backend, clock, statuses, restart, leave, comeBack } = await countedPage();
    restart();
    await act(() => session.signOut());
    await act(() => session.signIn(() => backend.logIn(grace)));
    backend.trouble = { code: "network" };
    await act(() => clock.advance(600_000));
    backend.trouble = null;
    await act(async () => leave());
    clock.sleep(3_600_000);
    await act(async () => comeBack());
    await act(() => clock.advance(600_000));
    expect([...statuses].sort()).toEqual(["authenticated", "unauthenticated"]);
  });
});

describe("a parent and its child that both show the session", () => {
  it("are rendered once each by a sign-out", async () => {
    const { session } = await signedIn();
    const renders: string[] = [];
    function Child(): ReactNode {
      renders.push("child");
      return useSession().status;
    }
    function Parent(): ReactNode {
      renders.push("parent");
      return (
        <section>
          {useSession().status}, <Child />
        </section>
      );
    }
    const page = await show(
      <WithSession session={session}>
        <Parent />
      </WithSession>,
    );
    renders.length = 0;
    await act(() => session.signOut());
    expect(renders).toEqual(["parent", "child"]);
    expect(page.text()).toBe("unauthenticated, unauthenticated");
  });

  it("never disagree: the child of a guard is gone before it could see nobody signed in", async () => {
    const { session } = await signedIn();
    const seen: unknown[] = [];
    function Home(): ReactNode {
      seen.push(useUser());
      return "home";
    }
    const page = await show(
      <WithSession session={session}>
        <SignedIn>
          <Home />
        </SignedIn>
      </WithSession>,
    );
    await act(() => session.signOut());
    expect(seen).toEqual([{ id: "ada", name: "Ada" }]);
    expect(page.text()).toBe("");
  });
});
