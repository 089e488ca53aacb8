/** What the recipe of each router does, on a page with the real library. */
import type { Session } from "@lockstep/core";
import { SessionProvider } from "@lockstep/react";
import { createTestSession, type TestSession, type TestSessionOptions } from "@lockstep/testing";
import type { ReactNode } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { ada, expectNoWarnings, grace, show, type Page } from "./page.js";

interface Visit extends TestSession {
  readonly page: Page;
  /** What the API was asked for, and by whom. */
  readonly asked: string[];
}

interface VisitOptions extends TestSessionOptions {
  /** What happens while the API is being asked. */
  readonly beforeAnswer?: (test: TestSession) => Promise<void>;
}

const address = (): string => location.pathname + location.search;

/** Opens a page at a path of the application; the API gives each user notes of their own. */
async function visit(
  App: (props: { readonly session: Session }) => ReactNode,
  path: string,
  { beforeAnswer, ...options }: VisitOptions = {},
): Promise<Visit> {
  const asked: string[] = [];
  const test: TestSession = createTestSession({
    start: false,
    ...options,
    async fetch(input, init) {
      const request = new Request(input, init);
      await beforeAnswer?.(test);
      const answer = await test.backend.fetch(request);
      if (!answer.ok) return answer;
      const { user } = (await answer.json()) as { readonly user: typeof ada };
      asked.push(`${user.id}: ${new URL(request.url).pathname}`);
      return Response.json([{ id: "1", text: `a note of ${user.id}` }]);
    },
  });
  // The application's own login call.
  vi.stubGlobal("fetch", async (_: string, { body }: { readonly body: FormData }) => {
    if (body.get("password") !== "demo") return new Response(null, { status: 403 });
    test.backend.logIn(body.get("name") === "ada" ? ada : grace);
    return new Response(null, { status: 204 });
  });
  history.replaceState(null, "", path);
  const page = await show(
    <SessionProvider session={test.session}>
      <App session={test.session} />
    </SessionProvider>,
  );
  // From here on React works in turns, as on a page: a router has turns of its own.
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", false);
  return { ...test, page, asked };
}

const eventually = async (check: () => void): Promise<void> => vi.waitFor(check, 10_000);

function submit({ container }: Page, name: string, password: string): void {
  const fields = container.querySelectorAll("input");
  fields[0]!.value = name;
  fields[1]!.value = password;
  container.querySelector("button")!.click();
}

/** The promises of a recipe: `App` makes its router of the session that it is given. */
export function itRoutes(App: (props: { readonly session: Session }) => ReactNode): void {
  expectNoWarnings();
  const open = (path: string, options?: VisitOptions) => visit(App, path, options);
  afterEach(() => history.replaceState(null, "", "/"));

  it("waits until it is known who is signed in, then loads with the session's own fetch", async () => {
    const { page, asked, clock } = await open("/", { user: ada, latencyMs: 1_000 });
    await eventually(() => expect(page.text()).toBe("One moment …"));
    expect(asked).toEqual([]);
    await clock.advance(2_000);
    await eventually(() => expect(page.text()).toContain("a note of ada"));
    expect(page.text()).toContain("Notes of Ada");
    expect(asked).toEqual(["ada: /api/notes"]);
    expect(address()).toBe("/");
  });

  it("leads whoever is not signed in to the sign-in page, and back after the sign-in", async () => {
    const { page, asked } = await open("/?page=2");
    await eventually(() => expect(page.container.querySelector("form")).not.toBeNull());
    expect(location.pathname).toBe("/sign-in");
    expect(asked).toEqual([]);
    submit(page, "ada", "wrong");
    await eventually(() => expect(page.container.querySelector("[role=alert]")).not.toBeNull());
    submit(page, "ada", "demo");
    await eventually(() => expect(page.text()).toContain("a note of ada"));
    expect(address()).toBe("/?page=2");
  });

  it("leads whoever is signed in already past the sign-in page", async () => {
    const { page } = await open("/sign-in", { user: ada });
    await eventually(() => expect(page.text()).toContain("a note of ada"));
    expect(address()).toBe("/");
  });

  it.each([
    "//evil.example/",
    "https://evil.example/",
    "/\\evil.example",
    "/\t/evil.example",
    "javascript:1",
  ])("leads nobody away from the site, whatever the address says: %j", async (back) => {
    const { page } = await open(`/sign-in?${new URLSearchParams({ back }).toString()}`, { user: ada });
    await eventually(() => expect(page.text()).toContain("a note of ada"));
    expect(location.href).toBe(`${location.origin}/`);
  });

  it("L3: a sign-out empties the page and leads to the sign-in page", async () => {
    const { page, session } = await open("/", { user: ada });
    await eventually(() => expect(page.text()).toContain("a note of ada"));
    page.container.querySelector("button")!.click();
    await eventually(() => expect(page.container.querySelector("form")).not.toBeNull());
    expect(location.pathname).toBe("/sign-in");
    expect(session.getSnapshot()).toMatchObject({ reason: "signed-out" });
  });

  it("L9: follows a sign-out and a sign-in in another tab", async () => {
    const { page, openTab, backend } = await open("/", { user: ada });
    await eventually(() => expect(page.text()).toContain("a note of ada"));
    const other = openTab();
    other.session.start();
    await other.session.ready();
    await other.session.signOut();
    await eventually(() => expect(location.pathname).toBe("/sign-in"));
    await other.session.signIn(() => backend.logIn(grace));
    await eventually(() => expect(page.text()).toContain("a note of grace"));
    expect(address()).toBe("/");
  });

  it("loads anew for another user", async () => {
    const { page, session, backend, asked } = await open("/", { user: ada });
    await eventually(() => expect(page.text()).toContain("a note of ada"));
    await session.signIn(() => backend.logIn(grace));
    await eventually(() => expect(page.text()).toContain("a note of grace"));
    expect(page.text()).not.toContain("a note of ada");
    expect(asked).toEqual(["ada: /api/notes", "grace: /api/notes"]);
  });

  it("L10: loads nothing anew because of a silent refresh, or of an outage", async () => {
    const { page, session, backend, clock, asked } = await open("/", { user: ada });
    await eventually(() => expect(page.text()).toContain("a note of ada"));
    await session.refresh();
    await clock.advance(3_600_000);
    backend.trouble = { code: "network" };
    await clock.advance(600_000);
    backend.trouble = null;
    await clock.advance(600_000);
    await eventually(() => expect(page.text()).toContain("a note of ada"));
    // What a router was going to load, it has loaded by the time it has loaded this.
    await session.signIn(() => backend.logIn(grace));
    await eventually(() => expect(page.text()).toContain("a note of grace"));
    expect(asked).toEqual(["ada: /api/notes", "grace: /api/notes"]);
  });

  it("leads away if the session turns out to be revoked while the page loads", async () => {
    const { page, session } = await open("/", {
      user: ada,
      async beforeAnswer({ backend, clock }) {
        await clock.advance(60_000);
        backend.revoke();
        backend.refuseTokens();
      },
    });
    await eventually(() => expect(page.container.querySelector("form")).not.toBeNull());
    expect(address()).toBe("/sign-in?back=%2F");
    expect(session.getSnapshot()).toEqual({ status: "unauthenticated", reason: "revoked" });
  });
}
