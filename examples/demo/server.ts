/** `npm run demo`: starts the demo, says where it is, and stops on Ctrl+C. Options: `--port N`, `--lifetime SECONDS`. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startDemoServer } from "./backend/demo-server.ts";
import { buildPage } from "./backend/page-files.ts";
import { readOrMakeSigningKey } from "./backend/signing-key-file.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "4600" },
    lifetime: { type: "string", default: "20" },
  },
});

function readWhole(name: string, text: string, [least, most]: readonly [number, number]): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  console.error(`--${name} must be a whole number from ${least} to ${most}.`);
  process.exit(2);
}

const port = readWhole("port", values.port, [0, 65_535]);
const lifetimeSeconds = readWhole("lifetime", values.lifetime, [2, 1_800]);

const data = join(import.meta.dirname, ".data");
await mkdir(data, { recursive: true, mode: 0o700 });

const server = await startDemoServer({
  port,
  lifetimeSeconds,
  database: join(data, "sessions.db"),
  signingKey: await readOrMakeSigningKey(join(data, "signing-key.json")),
  page: await buildPage(),
});

console.log(`
  Lockstep demo   ${server.url}

  Sign in as Ada or Grace (password: demo), then open more tabs.
  Access tokens live ${lifetimeSeconds} s. Sessions survive a restart of this server.
  Stop with Ctrl+C.
`);

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void server.close();
  });
}
