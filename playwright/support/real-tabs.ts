/**
 * A Chromium of our own, as people have it: tabs in the background are hidden, throttled and can be frozen, and pages go
 * into the back/forward cache. Playwright's own launch switches all of that off.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "@playwright/test";

const startLimitMs = 20_000;

const flags = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-extensions",
  "--password-store=basic",
  "--ignore-certificate-errors",
  "--remote-debugging-port=0",
];

/** Its processes may write for a moment after their end. */
function removeProfile(profile: string): void {
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

async function askToClose(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  await session.send("Browser.close");
}

export interface RealBrowser {
  /** The default context: a new one would get Playwright's overrides again. */
  readonly context: BrowserContext;
  close(): Promise<void>;
}

export async function startRealBrowser(): Promise<RealBrowser> {
  const profile = mkdtempSync(join(tmpdir(), "lockstep-profile-"));
  const executable = process.env["CHROMIUM_BIN"] ?? "/usr/bin/chromium";
  const child = spawn(executable, [...flags, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  // Whoever ends in between takes it along.
  const stop = (): void => {
    child.kill("SIGKILL");
    removeProfile(profile);
  };
  process.once("exit", stop);
  const ended = once(child, "exit").then(() => process.off("exit", stop));
  const address = await new Promise<string>((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => reject(new Error(`Chromium does not answer: ${said}`)), startLimitMs);
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const found = /DevTools listening on (ws:\/\/\S+)/.exec(said)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`Chromium ended with ${code}: ${said}`)));
  });
  const browser = await chromium.connectOverCDP(address, { noDefaults: true });
  const [context] = browser.contexts();
  if (context === undefined) throw new Error("Chromium has no default context.");
  return {
    context,
    async close() {
      // An interruption from the terminal reaches it too: it may be gone, and answer nothing.
      void askToClose(browser).catch(() => undefined);
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5_000))]);
      if (child.exitCode === null) child.kill("SIGKILL");
      removeProfile(profile);
    },
  };
}

/** Freezes a hidden tab, as the browser does to save energy; it fires `freeze`. */
export async function freeze(page: Page): Promise<{ thaw(): Promise<void> }> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
  return {
    async thaw() {
      await devtools.send("Page.setWebLifecycleState", { state: "active" });
      await devtools.detach();
    },
  };
}

/** Opens a page in the background: it is never visible. */
export async function openHiddenPage(context: BrowserContext): Promise<Page> {
  const browser = context.browser();
  if (browser === null) throw new Error("The browser is gone.");
  const opened = context.waitForEvent("page");
  const devtools = await browser.newBrowserCDPSession();
  await devtools.send("Target.createTarget", { url: "about:blank", background: true });
  await devtools.detach();
  return opened;
}
