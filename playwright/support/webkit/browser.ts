/** A WebKit with the part of Playwright's `Browser` and `BrowserContext` that the suite uses. */
import type { Browser, BrowserContext, Cookie, Page } from "@playwright/test";
import { WebKitPage } from "./page.js";
import { startDisplay } from "./processes.js";
import { startSession, type DriverCookie, type Session } from "./session.js";

/** A profile of its own: a session is a browser that keeps nothing. */
class WebKitContext {
  readonly #browser: Browser;
  readonly #session: Session;
  readonly #pages: WebKitPage[] = [];

  constructor(browser: Browser, session: Session) {
    this.#browser = browser;
    this.#session = session;
  }

  asContext(): BrowserContext {
    return this as unknown as BrowserContext;
  }

  browser(): Browser {
    return this.#browser;
  }

  pages(): Page[] {
    return this.#open().map((page) => page.asPage());
  }

  async newPage(): Promise<Page> {
    const page = new WebKitPage(this.#session, this.asContext(), await this.#session.openWindow());
    this.#pages.push(page);
    return page.asPage();
  }

  /** Of the sites that are open in some page: WebDriver tells no others, and none of a browser that it has lost. */
  async cookies(): Promise<Cookie[]> {
    const found = new Map<string, Cookie>();
    for (const { handle } of this.#onSites()) {
      if (this.#session.isLost()) break;
      const cookies = await this.#session.in(handle, (send) => send<Cookie[]>("GET", "/cookie"));
      for (const cookie of cookies) found.set(`${cookie.domain} ${cookie.path} ${cookie.name}`, cookie);
    }
    return [...found.values()];
  }

  async addCookies(cookies: readonly (DriverCookie & { readonly url: string })[]): Promise<void> {
    for (const { url, ...cookie } of cookies) {
      const page = this.#onSites().find((open) => new URL(open.url()).origin === new URL(url).origin);
      if (page === undefined) throw new Error(`No page of ${url} is open.`);
      await this.#session.in(page.handle, (send) =>
        send("POST", "/cookie", { cookie: { path: "/", ...cookie } }),
      );
    }
  }

  async close(): Promise<void> {
    await this.#session.end();
  }

  #open(): WebKitPage[] {
    return this.#pages.filter((page) => !page.isClosed());
  }

  #onSites(): WebKitPage[] {
    return this.#open().filter((page) => /^https?:/.test(page.url()));
  }
}

/** `proxyPort`: where requests to other hosts than the loopback go. */
export async function launchWebKit(proxyPort: number): Promise<Browser> {
  const display = await startDisplay();
  const browser = {
    browserType: () => ({ name: () => "webkit" }),
    newContext: async () =>
      new WebKitContext(asBrowser, await startSession(display.name, proxyPort)).asContext(),
    close: async () => display.stop(),
  };
  const asBrowser = browser as unknown as Browser;
  return asBrowser;
}
