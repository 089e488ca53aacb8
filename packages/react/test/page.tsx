/** A page with React on it, and the warnings that nobody expected. */
import type { Session } from "@lockstep/core";
import { SessionProvider, type RegisteredSnapshot } from "@lockstep/react";
import { createTestSession, type TestSession, type TestSessionOptions } from "@lockstep/testing";
import { act, type ReactNode } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, vi } from "vitest";

export const ada = { id: "ada", name: "Ada" };
export const grace = { id: "grace", name: "Grace" };

export const loading: RegisteredSnapshot = { status: "loading", problem: null };

/** What a server says of a user. */
export function seenOnServer(user: typeof ada): RegisteredSnapshot {
  const { id } = user;
  return {
    status: "authenticated",
    problem: null,
    sessionId: `of-${id}`,
    user,
    claims: { sub: id },
    authTime: null,
    acr: null,
    expiresAt: null,
    warning: null,
  };
}
export const adaOnServer = seenOnServer(ada);

export async function signedIn(options: TestSessionOptions = {}): Promise<TestSession> {
  const test = createTestSession({ user: ada, ...options });
  await test.session.ready();
  return test;
}

const roots = new Set<Root>();

export interface Page {
  readonly root: Root;
  readonly container: HTMLElement;
  /** What is to be read on it. */
  text(): string;
  show(element: ReactNode): Promise<void>;
  leave(): Promise<void>;
}

function pageOf(root: Root, container: HTMLElement): Page {
  roots.add(root);
  return {
    root,
    container,
    text: () => container.textContent ?? "",
    show: (element) => act(async () => root.render(element)),
    async leave() {
      roots.delete(root);
      await act(async () => root.unmount());
    },
  };
}

function newContainer(): HTMLElement {
  const container = document.createElement("div");
  document.body.append(container);
  return container;
}

/** Shows an element on a page of its own. */
export async function show(element: ReactNode): Promise<Page> {
  const container = newContainer();
  const page = pageOf(createRoot(container), container);
  await page.show(element);
  return page;
}

/** Hydrates what a server sent. `onRecoverableError` gets each mismatch. */
export async function hydrate(
  html: string,
  element: ReactNode,
  onRecoverableError: (error: unknown) => void,
): Promise<Page> {
  const container = newContainer();
  container.innerHTML = html;
  let root: Root | undefined;
  await act(async () => {
    root = hydrateRoot(container, element, { onRecoverableError });
  });
  return pageOf(root!, container);
}

export interface WithSessionProps {
  readonly session: Session;
  readonly children: ReactNode;
}

/** The shortest way to a session. */
export function WithSession({ session, children }: WithSessionProps): ReactNode {
  return <SessionProvider session={session}>{children}</SessionProvider>;
}

/** Cleans up after each test, and fails those in which React warned of something. */
export function expectNoWarnings(): void {
  beforeEach(() => {
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    vi.spyOn(console, "error");
    vi.spyOn(console, "warn");
  });
  afterEach(async () => {
    // A test may have turned it off, to see React work in turns.
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    for (const root of roots) await act(async () => root.unmount());
    roots.clear();
    if (typeof document !== "undefined") document.body.replaceChildren();
    const said = [console.error, console.warn].flatMap((spy) => vi.mocked(spy).mock.calls);
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    expect(said).toEqual([]);
  });
}
