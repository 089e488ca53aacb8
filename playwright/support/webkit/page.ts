/** A page of WebKit with the part of Playwright's `Page` that the suite uses. */
import { EventEmitter } from "node:events";
import type { BrowserContext, Page } from "@playwright/test";
import { addInitParameter, registerInitScripts } from "../init-scripts.js";
import { begin, listen, resume, type Answer, type Result, type Said } from "./in-page.js";
import type { Handle, Send, Session } from "./session.js";

type Job = (argument: never) => unknown;

/** How long one command may wait for a call, with all other pages waiting behind it. */
const momentMs = 15;
const betweenMomentsMs = 5;
const functionLimitMs = 30_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let calls = 0;

export class WebKitPage extends EventEmitter {
  readonly #session: Session;
  readonly #context: BrowserContext;
  readonly handle: Handle;
  readonly #initScripts: string[] = [`(${listen.toString()})()`];
  #url = "about:blank";
  #closed = false;

  constructor(session: Session, context: BrowserContext, handle: Handle) {
    super();
    this.#session = session;
    this.#context = context;
    this.handle = handle;
  }

  /** Playwright's type, of which this class has what the suite uses. */
  asPage(): Page {
    return this as unknown as Page;
  }

  context(): BrowserContext {
    return this.#context;
  }

  url(): string {
    return this.#url;
  }

  isClosed(): boolean {
    return this.#closed;
  }

  async addInitScript(script: () => void): Promise<void> {
    this.#initScripts.push(`(${script.toString()})()`);
  }

  async goto(url: string): Promise<void> {
    await this.#hearLastWords();
    const target = addInitParameter(url, registerInitScripts(this.#initScripts));
    await this.#send((send) => send("POST", "/url", { url: target }));
    this.#url = url;
  }

  async reload(): Promise<void> {
    await this.#hearLastWords();
    await this.#send((send) => send("POST", "/refresh"));
  }

  async goBack(): Promise<void> {
    await this.#hearLastWords();
    await this.#send((send) => send("POST", "/back"));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#hearLastWords();
    this.#closed = true;
    await this.#session.closeWindow(this.handle);
  }

  async evaluate(job: Job, argument?: unknown): Promise<unknown> {
    calls += 1;
    const id = `call ${calls}`;
    const text = argument === undefined ? null : JSON.stringify(argument);
    const first = `return (${begin.toString()})(${job.toString()}, [...arguments])`;
    const next = `return (${resume.toString()})([...arguments])`;
    let answer = await this.#run(first, [id, text, momentMs]);
    while (answer === null) {
      await pause(betweenMomentsMs);
      answer = await this.#run(next, [id, momentMs]);
    }
    if (!answer.ok) throw new Error(`page.evaluate: ${answer.error}`);
    return answer.value;
  }

  async waitForFunction(job: Job, argument?: unknown): Promise<void> {
    const startedAt = performance.now();
    while (!(await this.evaluate(job, argument))) {
      if (performance.now() - startedAt > functionLimitMs)
        throw new Error(`page.waitForFunction: not within ${functionLimitMs} ms: ${job.toString()}`);
      await pause(betweenMomentsMs);
    }
  }

  async #run(script: string, args: readonly unknown[]): Promise<Result | null> {
    const [text, said] = await this.#send((send) => send<Answer>("POST", "/execute/async", { script, args }));
    for (const words of said) this.#tell(JSON.parse(words) as Said);
    return text === null ? null : (JSON.parse(text) as Result);
  }

  #tell(said: Said): void {
    if (said.kind === "error") {
      this.emit("pageerror", Object.assign(new Error(said.message), { stack: said.stack }));
      return;
    }
    const args = said.values.map((value) => ({ jsonValue: async () => value }));
    this.emit("console", { text: () => said.text, args: () => args });
  }

  /** What the page has said since it was last asked is lost with it. */
  async #hearLastWords(): Promise<void> {
    if (this.#url !== "about:blank") await this.evaluate(() => undefined).catch(() => undefined);
  }

  #send<Value>(job: (send: Send) => Promise<Value>): Promise<Value> {
    return this.#session.in(this.handle, job);
  }
}
