import { execFileSync, fork } from "node:child_process";
import { chownSync, mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A database server on a port of its own, with its data in a temporary folder. Both are gone when this process is. */
export interface TestService {
  /** Where to connect, with everything a driver needs. */
  readonly url: string;
  readonly port: number;
  /** Starts it, with the same data on the same port; one that runs is stopped in good order first. */
  readonly restart: () => Promise<void>;
  /** Kills it, and every process of it, as a power cut would; `restart` brings it back. */
  readonly kill: () => Promise<void>;
  /** Ends it for good and removes the folder. */
  readonly stop: () => Promise<void>;
}

/** A program to run, and what it prints when it is ready; `null` for one that comes to an end by itself. */
export interface GuardedProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly ready: string | null;
}

type Message =
  { readonly ready: true } | { readonly exited: { readonly code: number | null; readonly output: string } };

/** Who runs the servers: PostgreSQL refuses to be run by root. */
function identity(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const user of ["postgres", "nobody"]) {
    try {
      const ask = (flag: string): number =>
        Number(execFileSync("id", [flag, user], { encoding: "utf8", stdio: "pipe" }));
      return { uid: ask("-u"), gid: ask("-g") };
    } catch {
      // There is no such user.
    }
  }
  throw new Error("There is no user to run PostgreSQL as: it refuses to be run by root.");
}

/** Below the ports that systems give to clients, one of which could take it while the server is down. */
const FIRST_PORT = 20_000;
const PORT_COUNT = 12_000;

/** A port of the loopback address that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORT_COUNT);
    const isFree = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

/** A temporary folder and a process that runs programs in it, until this process ends. */
export function createGuard(name: string) {
  const as = identity();
  const folder = mkdtempSync(join(tmpdir(), `lockstep-${name}-`));
  if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid);
  // In a group of its own: what interrupts the tests shall not keep it from cleaning up.
  const guard = fork(fileURLToPath(new URL("guard.mjs", import.meta.url)), [folder], {
    detached: true,
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let running = false;
  let gone: Promise<void> = Promise.resolve();

  return {
    folder,

    /** Starts a program; resolves when it is ready, or has come to an end if it is one that does. */
    async start({ program, args, ready }: GuardedProgram): Promise<void> {
      running = true;
      await new Promise<void>((resolve, reject) => {
        gone = new Promise((exited) => {
          guard.on("message", function hear(message: Message) {
            if ("ready" in message) return resolve();
            running = false;
            guard.off("message", hear);
            exited();
            const { code, output } = message.exited;
            if (ready === null && code === 0) return resolve();
            return reject(new Error(`${program} ended with ${code}:\n${output}`));
          });
        });
        guard.send({ start: { program, args, ready, identity: as } });
      });
    },

    /** Sends a signal to the program that runs, and waits for its end. `SIGKILL` goes to its children too. */
    async end(signal: NodeJS.Signals): Promise<void> {
      if (!running) return;
      guard.send({ signal });
      await gone;
    },

    /** Kills what runs, removes the folder. */
    async release(): Promise<void> {
      if (!guard.connected) return;
      const ended = new Promise((resolve) => guard.once("exit", resolve));
      guard.disconnect();
      await ended;
    },
  };
}
