/**
 * What runs inside a page for the driver. Each function travels as its source.
 *
 * A command of WebDriver keeps all others waiting, and a test may ask a page for what only another page brings about: a
 * call that does not settle at once is left running, and asked for again.
 */

/** A console message or an error, as the page keeps it until the driver takes it. */
export type Said =
  | { readonly kind: "console"; readonly text: string; readonly values: readonly unknown[] }
  | { readonly kind: "error"; readonly message: string; readonly stack: string };

/** What a call came to so far: JSON of a `Result`, or `null` while it runs; and what the page said meanwhile. */
export type Answer = readonly [result: string | null, said: readonly string[]];

export type Result =
  { readonly ok: true; readonly value?: unknown } | { readonly ok: false; readonly error: string };

interface Agent {
  readonly running: Map<string, Promise<string>>;
  readonly said: string[];
}

/** Before any other script of the page: notes what it says, in JSON. */
export function listen(): void {
  const agent: Agent = { running: new Map(), said: [] };
  Object.defineProperty(window, Symbol.for("driver"), { value: agent });
  const say = (said: Said): void => void agent.said.push(JSON.stringify(said));
  for (const name of ["log", "info", "warn", "error", "debug"] as const) {
    const original = console[name];
    console[name] = (...values: unknown[]) => {
      say({ kind: "console", text: values.map(String).join(" "), values });
      original.apply(console, values);
    };
  }
  const note = (error: unknown): void => {
    const { message = String(error), stack = "" } = (error ?? {}) as Partial<Error>;
    say({ kind: "error", message, stack });
  };
  window.addEventListener("error", ({ error }) => note(error));
  window.addEventListener("unhandledrejection", ({ reason }) => note(reason));
}

/** Calls `job`, and waits for it for a moment. */
export function begin(
  job: (argument: unknown) => unknown,
  [id, argument, waitMs, done]: [string, string | null, number, (answer: Answer) => void],
): void {
  const name = Symbol.for("driver");
  // A page that the test server did not serve, like about:blank, has no agent yet.
  if (!(name in window))
    Object.defineProperty(window, name, { value: { running: new Map(), said: [] } satisfies Agent });
  const agent = (window as unknown as Record<symbol, Agent>)[name] as Agent;
  const run = async (): Promise<string> => {
    try {
      const value = await job(argument === null ? undefined : JSON.parse(argument));
      return JSON.stringify({ ok: true, value });
    } catch (error) {
      const stack = error instanceof Error ? `\n${error.stack}` : "";
      return JSON.stringify({ ok: false, error: `${String(error)}${stack}` });
    }
  };
  const running = run();
  agent.running.set(id, running);
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), waitMs));
  const tell = async (): Promise<void> => {
    const text = await Promise.race([running, late]);
    if (text !== null) agent.running.delete(id);
    done([text, agent.said.splice(0)]);
  };
  void tell();
}

/** Waits for a call that `begin` has left running, for a moment. */
export function resume([id, waitMs, done]: [string, number, (answer: Answer) => void]): void {
  const agent = (window as unknown as Record<symbol, Agent | undefined>)[Symbol.for("driver")];
  const running = agent?.running.get(id);
  if (agent === undefined || running === undefined) {
    done([JSON.stringify({ ok: false, error: "The page was left before the call settled." }), []]);
    return;
  }
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), waitMs));
  const tell = async (): Promise<void> => {
    const text = await Promise.race([running, late]);
    if (text !== null) agent.running.delete(id);
    done([text, agent.said.splice(0)]);
  };
  void tell();
}
