/** The programs behind a WebKit: a display to draw on, and WebKitGTK's WebDriver. */
import { spawn } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import type { Readable } from "node:stream";

const startLimitMs = 20_000;

export interface Program {
  stop(): void;
}

/** A virtual display; it chooses a free number itself. */
export async function startDisplay(): Promise<Program & { readonly name: string }> {
  const child = spawn(
    process.env["XVFB_BIN"] ?? "/usr/bin/Xvfb",
    ["-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
    {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    },
  );
  const number = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`Xvfb ended with ${code}.`)));
    (child.stdio[3] as Readable).once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
  });
  return { name: `:${number}`, stop: () => void child.kill() };
}

/** The browser that comes with WebKitGTK: its folder has the name of the machine's architecture. */
export function findMiniBrowser(): string {
  const [place] = globSync("/usr/lib/*/webkit2gtk-4.1/MiniBrowser");
  if (place === undefined) throw new Error("There is no MiniBrowser: apt-get install webkit2gtk-driver.");
  return place;
}

function findFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Starts a WebDriver, which serves one session; stopping it ends its browser, also one that no longer answers. */
export async function startDriver(
  display: string,
  proxyPort: number,
): Promise<Program & { readonly address: string }> {
  const executable = process.env["WEBKIT_DRIVER_BIN"] ?? "/usr/bin/WebKitWebDriver";
  if (!existsSync(executable))
    throw new Error(`${executable} does not exist: apt-get install webkit2gtk-driver.`);
  const port = await findFreePort();
  const child = spawn(executable, [`--port=${port}`], {
    stdio: "ignore",
    // A process group of its own, so that the browser that it starts can be ended with it.
    detached: true,
    env: {
      ...process.env,
      DISPLAY: display,
      // WebDriver's own proxy settings crash the browser at its start, one time in fifteen.
      http_proxy: `http://127.0.0.1:${proxyPort}`,
      https_proxy: `http://127.0.0.1:${proxyPort}`,
      no_proxy: "localhost,127.0.0.1",
      NO_AT_BRIDGE: "1",
      GDK_BACKEND: "x11",
      // Its sandbox needs user namespaces, which containers do not give.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
    },
  });
  const address = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  while (!(await answers(address))) {
    if (child.exitCode !== null || performance.now() - startedAt > startLimitMs)
      throw new Error(`${executable} does not answer.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const stop = (): void => {
    process.off("exit", stop);
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  };
  process.once("exit", stop);
  return { address, stop };
}

async function answers(address: string): Promise<boolean> {
  try {
    return (await fetch(`${address}/status`)).ok;
  } catch {
    return false;
  }
}
