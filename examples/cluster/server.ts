/** One server process. Any number of them, on any number of machines, are one service: they share a store and secrets. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { createSessionServer } from "@lockstep/server";
import { Hono } from "hono";
import { readSetting, readSigningKeys } from "./settings.ts";
import { openStore } from "./stores.ts";

const users: ReadonlySet<unknown> = new Set(["ada", "grace"]);
const password = "demo";

/** How long requests under way have to be answered when the process is told to stop. */
const requestLimitMs = 3_000;
/** How long all of it has. */
const stopLimitMs = 5_000;

const publicOrigin = readSetting("PUBLIC_ORIGIN");
const { store, close } = await openStore(readSetting("STORE"));
const sessions = createSessionServer({
  store,
  issuer: publicOrigin,
  audience: `${publicOrigin}/api`,
  signingKeys: readSigningKeys(),
  eventSalt: readSetting("EVENT_SALT"),
  publicOrigin,
  // Allows http://localhost. In production: https, and this line is not there.
  development: publicOrigin.startsWith("http:"),
  onEvent: (event) => console.log(JSON.stringify({ process: process.pid, ...event })),
});

const app = new Hono();

// For you to see who answers.
app.use(async ({ header }, next) => {
  await next();
  header("x-served-by", String(process.pid));
});

app.all("/session/*", ({ req }) => sessions.handler(req.raw));

app.post("/sign-in", async ({ req, text }) => {
  const form = await req.json<Readonly<Record<string, unknown>>>();
  const { name } = form;
  if (typeof name !== "string" || !users.has(name) || form["password"] !== password)
    return text("Wrong name or password", 403);
  return sessions.start(req.raw, { userId: name });
});

app.get("/api/me", async ({ req, json }) => {
  const check = await sessions.verify(req.raw);
  return check.ok ? json({ userId: check.session.userId }) : check.response;
});

// Without options it is made by `http.createServer`.
const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
server.listen(Number(readSetting("PORT")), "127.0.0.1", () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});

let isStopping = false;

function stop(): void {
  if (isStopping) return;
  isStopping = true;
  // Takes no more connections, and is done when the last one is closed. Then nobody needs the store.
  server.close(() => void close().then(() => process.exit()));
  // One that was busy would be kept for the next request, and a proxy has always one.
  setInterval(() => server.closeIdleConnections(), 100).unref();
  // They would never end: their browsers ask the next process.
  sessions.closeStreams();
  // A browser may have opened one ahead of any request, which counts as busy for as long as nothing is asked.
  setTimeout(() => server.closeAllConnections(), requestLimitMs).unref();
  setTimeout(() => process.exit(1), stopLimitMs).unref();
}

process.on("SIGTERM", stop);
process.on("SIGINT", stop);
// Whoever started it is gone.
process.on("disconnect", stop);
