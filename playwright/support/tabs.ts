/** Tabs of one browser profile, as a test drives them. */
import type { BrowserContext, ConsoleMessage, Page } from "@playwright/test";
import type { Inspected, Options, Outcome, Session } from "./page-globals.js";
import { collectPlaces, type Place } from "./taint.js";

export interface TabOptions {
  /** Default `/`. */
  readonly path?: string;
  /** Of `createSession`. */
  readonly session?: Options;
  /** Not started until the test calls `session.start()`. */
  readonly idle?: boolean;
  /** Milliseconds by which the wall clock is wrong; it can be stepped then. */
  readonly clockOffsetMs?: number;
  /** Run in the page before anything else. */
  readonly before?: (() => void) | readonly (() => void)[];
  readonly query?: Readonly<Record<string, string>>;
  /** Where the tab is opened; default a new page of the context. */
  readonly page?: Page;
}

/** Hears of an end with its next refresh: for tests of what that does. */
export const unlistening = { session: { events: false } } as const satisfies TabOptions;

export interface Tab {
  readonly number: number;
  readonly page: Page;
  readonly url: string;
  eval<Result>(run: () => Result | Promise<Result>): Promise<Result>;
  eval<Argument, Result>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result>;
  snapshot(): Promise<ReturnType<Session["getSnapshot"]>>;
  /** `authenticated as <user>`, `unauthenticated: <reason>` or `loading`, with the problem if there is one. */
  status(): Promise<string>;
  getAccessToken(): Promise<Outcome<string>>;
  refresh(): Promise<Outcome>;
  /** The inspection events of one type. */
  inspected<Type extends Inspected["type"]>(type: Type): Promise<Extract<Inspected, { type: Type }>[]>;
  /** Asks the API who it thinks this is. */
  callApi(): Promise<Outcome<{ readonly status: number; readonly user?: string }>>;
  /** Moves the wall clock of this tab. */
  stepClock(byMs: number): Promise<void>;
  close(): Promise<void>;
}

/** What pages said and left behind, kept beyond their end. */
export interface Witness {
  readonly places: Place[];
  readonly errors: string[];
}

function watch(page: Page, witness: Witness): void {
  const say = async (message: ConsoleMessage): Promise<void> => {
    const values = message
      .args()
      .map((argument) => argument.jsonValue().catch(() => null) as Promise<unknown>);
    const text = `${message.text()} ${JSON.stringify(await Promise.all(values))}`;
    witness.places.push({ name: "console", text });
  };
  page.on("console", (message) => void say(message));
  page.on("pageerror", (error) => {
    witness.places.push({ name: "page error", text: `${error.message} ${error.stack ?? ""}` });
    // Firefox reports what it blocked as an error, which came from nowhere.
    if (!error.stack?.endsWith("\nundefined"))
      witness.errors.push(`${page.url()}: ${error.message} ${error.stack ?? ""}`);
  });
}

function describe(snapshot: ReturnType<Session["getSnapshot"]>): string {
  switch (snapshot.status) {
    case "authenticated": {
      const { id } = snapshot.user as { id: string };
      return `authenticated as ${id}${snapshot.problem === null ? "" : ` (${snapshot.problem})`}`;
    }
    case "loading":
      return `loading${snapshot.problem === null ? "" : ` (${snapshot.problem})`}`;
    case "unauthenticated":
      return `unauthenticated: ${snapshot.reason}`;
  }
}

export async function openTab(
  {
    context,
    origin,
    witness,
    number,
  }: { context: BrowserContext; origin: string; witness: Witness; number: number },
  options: TabOptions,
): Promise<Tab> {
  const { path = "/", session = {}, idle = false, clockOffsetMs, before = [], query = {} } = options;
  const page = options.page ?? (await context.newPage());
  watch(page, witness);
  for (const script of [before].flat()) await page.addInitScript(script);
  const search = new URLSearchParams({ tab: String(number), options: JSON.stringify(session), ...query });
  if (idle) search.set("start", "no");
  if (clockOffsetMs !== undefined) search.set("clock", String(clockOffsetMs));
  const url = `${origin}${path}?${search}`;
  await page.goto(url);
  await page.waitForFunction(() => window.loaded === true);

  const snapshot: Tab["snapshot"] = () => page.evaluate(() => window.session.getSnapshot());
  return {
    number,
    page,
    url,
    eval: (run: (argument: never) => unknown, argument?: unknown) =>
      page.evaluate(run, argument as never) as never,
    snapshot,
    status: async () => describe(await snapshot()),
    getAccessToken: () => page.evaluate(() => window.outcome(window.session.getAccessToken())),
    refresh: () => page.evaluate(() => window.outcome(window.session.refresh())),
    inspected: (type) =>
      page.evaluate((type) => window.inspected.filter((event) => event.type === type), type) as never,
    callApi: () =>
      page.evaluate(() =>
        window.outcome(
          window.session.fetch("/api/echo").then(async (response) => {
            const { user } = (await response.json()) as { user?: string };
            return { status: response.status, ...(user === undefined ? {} : { user }) };
          }),
        ),
      ),
    stepClock: (byMs) => page.evaluate((byMs) => void (window.clockOffsetMs += byMs), byMs),
    async close() {
      witness.places.push(...(await collectPlaces(page)));
      await page.close();
    },
  };
}

/** Runs something in many tabs in the same millisecond or so: a message of the page starts them, not the test. */
export async function together<Result>(
  tabs: readonly Tab[],
  run: () => Result | Promise<Result>,
): Promise<Result[]> {
  const name = `go-${Math.random()}`;
  await Promise.all(
    tabs.map(({ page }) =>
      page.evaluate(
        ([name, source]) => {
          // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- a function reaches the page as its source
          const job = new Function(`return (${source})()`) as () => unknown;
          const channel = new BroadcastChannel(name);
          const done = new Promise((resolve, reject) => {
            channel.addEventListener("message", () => {
              channel.close();
              Promise.resolve(job()).then(resolve, reject);
            });
          });
          Object.assign(window, { done });
        },
        [name, run.toString()] as const,
      ),
    ),
  );
  await tabs[0]?.page.evaluate((name) => {
    const channel = new BroadcastChannel(name);
    channel.postMessage("go");
    channel.close();
  }, name);
  return Promise.all(
    tabs.map(({ page }) => page.evaluate(() => (window as unknown as { done: Promise<unknown> }).done)),
  ) as Promise<Result[]>;
}
