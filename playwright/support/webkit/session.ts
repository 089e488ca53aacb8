/**
 * One WebDriver session: commands to windows, one at a time and in the order in which they were given.
 *
 * @see https://www.w3.org/TR/webdriver2/
 */
import { findMiniBrowser, startDriver } from "./processes.js";

export type Handle = string;

export interface DriverCookie {
  readonly name: string;
  readonly value: string;
  readonly domain?: string;
  readonly path?: string;
  readonly secure?: boolean;
  readonly httpOnly?: boolean;
}

/** Sends one command of the session. */
export type Send = <Value>(method: "GET" | "POST" | "DELETE", path: string, body?: object) => Promise<Value>;

export interface Session {
  openWindow(): Promise<Handle>;
  /** Lets `job` send commands to a window; other windows wait. */
  in<Value>(handle: Handle, job: (send: Send) => Promise<Value>): Promise<Value>;
  closeWindow(handle: Handle): Promise<void>;
  /** Whether the driver has given its browser up: a process of it died. */
  isLost(): boolean;
  end(): Promise<void>;
}

/** Of one command. */
const limitMs = 30_000;
/** A browser one of whose processes was killed may never answer again. */
const endLimitMs = 2_000;

const deadline = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function startSession(display: string, proxyPort: number): Promise<Session> {
  const driver = await startDriver(display, proxyPort);
  let path = "/session";
  let lost = false;

  const send: Send = async (method, command, body = {}) => {
    const response = await fetch(`${driver.address}${path}${command}`, {
      method,
      signal: AbortSignal.timeout(limitMs),
      ...(method === "POST" ? { body: JSON.stringify(body) } : {}),
    }).catch((cause: unknown) => {
      throw new Error(`No answer to ${method} ${command} ${JSON.stringify(body).slice(0, 200)}`, { cause });
    });
    const { value } = (await response.json()) as { value: never };
    if (response.ok) return value;
    const { error, message } = value as { error: string; message: string };
    if (error === "invalid session id") lost = true;
    throw new Error(`${error}: ${message}`);
  };

  const browserOptions = { binary: findMiniBrowser(), args: ["--automation"] };
  const alwaysMatch = { acceptInsecureCerts: true, "webkitgtk:browserOptions": browserOptions };
  try {
    const { sessionId } = await send<{ sessionId: string }>("POST", "", { capabilities: { alwaysMatch } });
    path = `/session/${sessionId}`;
    await send("POST", "/timeouts", { script: limitMs, pageLoad: limitMs, implicit: 0 });
  } catch (error) {
    driver.stop();
    throw error;
  }

  // Stays open: the session would end with its last window.
  const first = await send<Handle>("GET", "/window");
  let current: Handle | null = first;
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<Value>(job: () => Promise<Value>): Promise<Value> {
    const result = last.then(job);
    last = result.catch(() => undefined);
    return result;
  }

  async function switchTo(handle: Handle): Promise<void> {
    if (current === handle) return;
    current = null;
    await send("POST", "/window", { handle });
    current = handle;
  }

  return {
    openWindow: () =>
      inTurn(async () => {
        await switchTo(current ?? first);
        // A tab would be hidden: a window is seen, as pages are in the other engines.
        const { handle } = await send<{ handle: Handle }>("POST", "/window/new", { type: "window" });
        return handle;
      }),
    in: (handle, job) =>
      inTurn(async () => {
        await switchTo(handle);
        return job(send);
      }),
    closeWindow: (handle) =>
      inTurn(async () => {
        await switchTo(handle);
        await send("DELETE", "/window");
        current = null;
      }),
    isLost: () => lost,
    async end() {
      // Its browser is told first: killed ones keep the next from starting, one time in twenty.
      await Promise.race([send("DELETE", "").catch(() => undefined), deadline(endLimitMs)]);
      driver.stop();
    },
  };
}
