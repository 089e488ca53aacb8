import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { SecurityEvent } from "../src/index.js";
import type { TestService } from "./services/guarded-server.js";
import { readAnswer, request, type Answer } from "./world.js";

/** Runs of the race; in each, so many refreshes at once. */
const RUNS = 50;
const REFRESHES = 100;

/** What two servers share: a database, or a file. */
export type SharedDatabase = Pick<TestService, "url" | "stop">;

/** A server in a process of its own. */
export interface ServerProcess {
  /** Sends it a request as `request` of world.ts makes one. */
  readonly send: (request: Request) => Promise<Response>;
  /** Its security events since the last call. */
  readonly events: () => Promise<readonly SecurityEvent[]>;
  readonly stop: () => Promise<void>;
}

/** Starts `fixtures/server-process.mjs` on a store. It ends when this process does. */
export async function startServerProcess(
  store: string,
  url: string,
  graceSeconds: number,
): Promise<ServerProcess> {
  const script = fileURLToPath(new URL("fixtures/server-process.mjs", import.meta.url));
  const args = ["--no-warnings", script, store, url, String(graceSeconds)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const port = await new Promise<string>((resolve, reject) => {
    let output = "";
    child.once("exit", (code) => reject(new Error(`The server ended with ${code}.`)));
    child.stdout.on("data", (chunk) => {
      output += chunk;
      const [, found] = /^listening (\d+)\n/.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  const origin = `http://127.0.0.1:${port}`;
  return {
    send: (sent) => {
      const { pathname } = new URL(sent.url);
      return fetch(new Request(new URL(pathname, origin), sent));
    },
    events: async () => (await fetch(`${origin}/events`)).json() as Promise<SecurityEvent[]>,
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}

/**
 * What two servers on one store promise.
 *
 * @param store of `fixtures/server-process.mjs`
 * @param start the database that both use
 */
export function describeTwoProcesses(store: string, start: () => Promise<SharedDatabase>): void {
  describe(`${store}: two server processes`, () => {
    let database: SharedDatabase;
    beforeAll(async () => {
      database = await start();
    }, 60_000);
    afterAll(() => database.stop());

    test(
      "R-084: 100 tabs that refresh at once within grace cause one rotation and get one successor",
      { timeout: 120_000 },
      () => expectOneRotation(30, (tab) => `tab-${tab}`),
    );

    test(
      "R-082: 100 tries of one attempt at once, at servers without grace, cause one rotation and get one successor",
      { timeout: 120_000 },
      () => expectOneRotation(0, () => "attempt"),
    );

    async function expectOneRotation(
      graceSeconds: number,
      attemptOf: (tab: number) => string,
    ): Promise<void> {
      const processes = await Promise.all(
        [0, 1].map(() => startServerProcess(store, database.url, graceSeconds)),
      );
      try {
        for (let run = 0; run < RUNS; run += 1) {
          const [first, ...others] = await refreshAtOnce(processes, attemptOf);
          expect(first?.status).toBe(200);
          for (const { status, body, cookies } of others) {
            expect({ status, version: body.session.version }).toEqual({ status: 200, version: 2 });
            expect(tokenIn(cookies)).toBe(tokenIn(first?.cookies ?? []));
          }
          const events = (await Promise.all(processes.map((one) => one.events()))).flat();
          const count = (type: string): number => events.filter((event) => event.type === type).length;
          expect(count("session-refreshed")).toBe(1);
          expect(count("grace-hit")).toBe(REFRESHES - 1);
          expect(events).toHaveLength(1 + REFRESHES);
        }
      } finally {
        await Promise.all(processes.map((one) => one.stop()));
      }
    }
  });
}

/** Signs in at one, and refreshes with the one token at all. */
async function refreshAtOnce(
  processes: readonly ServerProcess[],
  attemptOf: (tab: number) => string,
): Promise<readonly Answer[]> {
  const jar = new Map<string, string>();
  const signedIn = await readAnswer(await processes[0]!.send(request("/login", { jar })));
  jar.set("__Host-lockstep", tokenIn(signedIn.cookies));
  return Promise.all(
    Array.from({ length: REFRESHES }, async (_, tab) => {
      const body = JSON.stringify({ attempt: attemptOf(tab) });
      const server = processes[tab % processes.length]!;
      return readAnswer(await server.send(request("/session/refresh", { jar, body })));
    }),
  );
}

function tokenIn(cookies: readonly string[]): string {
  const [, token = ""] = /^__Host-lockstep=([^;]+)/m.exec(cookies.join("\n")) ?? [];
  expect(token).not.toBe("");
  return token;
}
