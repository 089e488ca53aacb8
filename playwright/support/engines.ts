/**
 * The engines that the suite runs in, and what each of them cannot be made to do.
 *
 * A test that needs something from this table says so with its tag; where an engine lacks it, the test is not part of
 * that engine's project. Nothing is skipped at run time. `docs/engines.md` shows the same table.
 */

export type Engine = "chromium" | "firefox" | "webkit";

export const engines: readonly Engine[] = ["chromium", "firefox", "webkit"];

/** What a test may need beyond tabs, cookies and a network. */
export interface Capability {
  /** A test carries it as its `tag`. */
  readonly tag: `@${string}`;
  /** What the test does, in a few words. */
  readonly what: string;
  /** Why an engine that is named here cannot. */
  readonly lacking: Partial<Readonly<Record<Engine, string>>>;
}

const noDevtools = "has no DevTools protocol";

export const capabilities: readonly Capability[] = [
  {
    tag: "@chromium",
    what: "crash a tab on command, switch cookies off for scripts, count listeners, read the history",
    lacking: { firefox: noDevtools, webkit: noDevtools },
  },
  {
    tag: "@background",
    what: "hide, freeze and thaw tabs",
    lacking: {
      firefox: "every page that Playwright opens is a visible window, and no command freezes one",
      webkit: "no command freezes a tab or brings a hidden one to the front",
    },
  },
  {
    tag: "@killing-one",
    what: "kill the process of one tab while others live",
    lacking: { firefox: "the tabs of a site share a process" },
  },
  {
    tag: "@killing-all",
    what: "kill the processes of all tabs, and open another",
    lacking: { webkit: "WebDriver ends its session when a page's process dies" },
  },
  {
    tag: "@busy",
    what: "drive one tab while another is busy",
    lacking: { webkit: "WebDriver takes one command at a time, and a busy tab answers none" },
  },
  {
    tag: "@repeating",
    what: "have the browser itself repeat a POST whose connection broke",
    lacking: { webkit: "it repeats none" },
  },
  {
    tag: "@streaming",
    what: "send a stream",
    lacking: {
      firefox: "a stream is no body: it is sent as the text `[object ReadableStream]`",
      webkit: "it refuses a stream: NotSupportedError",
    },
  },
];

/** Matches the titles of the tests that are not for `engine`; `null` when it can do everything. */
export function beyond(engine: Engine): RegExp | null {
  const tags = capabilities.filter(({ lacking }) => engine in lacking).map(({ tag }) => tag);
  return tags.length === 0 ? null : new RegExp(`(?:${tags.join("|")})(?![\\w-])`);
}
