// @vitest-environment happy-dom
import { RequireSession, SignedIn, SignedOut, useSession, useUser } from "@lockstep/react";
import { createTestSession } from "@lockstep/testing";
import { act, Component, Profiler, type ReactNode } from "react";
import { describe, expect, it, vi } from "vitest";
import { ada, expectNoWarnings, grace, show, signedIn, WithSession } from "./page.js";

expectNoWarnings();

describe("what is shown to whom", () => {
  it("until it is known: neither SignedIn nor SignedOut, and of RequireSession what is for loading", async () => {
    const { session } = createTestSession({ user: ada, start: false });
    const page = await show(
      <WithSession session={{ ...session, start: () => undefined }}>
        <SignedIn>in</SignedIn>
        <SignedOut>out</SignedOut>
        <RequireSession fallback="the form" loading="One moment …">
          the page
        </RequireSession>
        <RequireSession fallback="the other form">the other page</RequireSession>
      </WithSession>,
    );
    expect(page.text()).toBe("One moment …");
  });

  it("while somebody is signed in, and after the sign-out", async () => {
    const { session } = await signedIn();
    const page = await show(
      <WithSession session={session}>
        <SignedIn>in </SignedIn>
        <SignedOut>out </SignedOut>
        <RequireSession fallback="the form" loading="One moment …">
          the page
        </RequireSession>
      </WithSession>,
    );
    expect(page.text()).toBe("in the page");
    await act(() => session.signOut());
    expect(page.text()).toBe("out the form");
  });

  it("L10: an outage, or another user, renders no guard", async () => {
    const { session, backend, clock } = await signedIn();
    let commits = 0;
    await show(
      <WithSession session={session}>
        <Profiler id="guards" onRender={() => void (commits += 1)}>
          <SignedIn>in</SignedIn>
          <SignedOut>out</SignedOut>
          <RequireSession fallback="the form">the page</RequireSession>
        </Profiler>
      </WithSession>,
    );
    expect(commits).toBe(1);
    backend.trouble = { code: "network" };
    await act(() => clock.advance(600_000));
    expect(session.getSnapshot()).toMatchObject({ problem: "network" });
    backend.trouble = null;
    await act(() => session.signIn(() => backend.logIn(grace)));
    expect(commits).toBe(1);
    await act(() => session.signOut());
    expect(commits).toBe(2);
  });

  it("a silent refresh leaves what a person has typed behind a guard", async () => {
    const { session } = await signedIn();
    const page = await show(
      <WithSession session={session}>
        <RequireSession fallback="the form">
          <input />
        </RequireSession>
      </WithSession>,
    );
    const input = page.container.querySelector("input")!;
    input.value = "half a sentence";
    await act(() => session.refresh());
    expect(page.container.querySelector("input")).toBe(input);
    expect(input.value).toBe("half a sentence");
  });
});

/** Shows the message of what was thrown below it. */
class Boundary extends Component<{ readonly children: ReactNode }, { readonly message: string | null }> {
  override state = { message: null };
  static getDerivedStateFromError = ({ message }: Error) => ({ message });
  override render(): ReactNode {
    return this.state.message ?? this.props.children;
  }
}

describe("without a provider", () => {
  const users: Record<string, () => ReactNode> = {
    useSession: () => useSession().status,
    "useSession(selector)": () => useSession(({ status }) => status),
    useUser: () => String(useUser()),
    SignedIn: () => <SignedIn />,
    SignedOut: () => <SignedOut />,
    RequireSession: () => <RequireSession fallback={null} />,
  };
  it.each(Object.keys(users))("%s says what is missing", async (name) => {
    const User = users[name]!;
    // React itself reports what a boundary caught.
    const report = vi.mocked(console.error).mockImplementation(() => undefined);
    const page = await show(
      <Boundary>
        <User />
      </Boundary>,
    );
    report.mockClear();
    expect(page.text()).toBe("Lockstep: there is no <SessionProvider session={…}> above this component.");
  });
});
