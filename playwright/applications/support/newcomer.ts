/** Starts an example as its README says, and waits for the address that it prints. */
import { spawn } from "node:child_process";
import { scriptOf, type Example } from "./examples.js";

const startLimitMs = 60_000;

export interface Started {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startAsNewcomer(example: Example): Promise<Started> {
  const { command, folder: cwd, env } = scriptOf(example, ["dev", "start"]);
  const [program = "", ...args] = command.split(" ");
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const ended = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  let said = "";
  const found = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        const url = /http:\/\/localhost:\d+/.exec(said)?.[0];
        if (url !== undefined) resolve(url);
      });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`"${command}" ended: ${said}`)));
    setTimeout(() => reject(new Error(`"${command}" prints no address: ${said}`)), startLimitMs).unref();
  });
  const stop = (): Promise<void> => {
    // The whole group: a command may be a script that started another.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGTERM");
    return ended;
  };
  try {
    return { url: await found, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
