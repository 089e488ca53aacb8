/**
 * One process that holds event streams, measured: what they cost, and how long it takes to tell them. Forked by `streams.mjs`
 * with `--expose-gc`, so that each measurement begins with a heap of its own.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createMemoryStore } from "../dist/index.js";
import { createPostgresStore } from "../dist/stores/postgres.js";
import { openPool } from "./databases.mjs";
import { now } from "./ear.mjs";
import { listenInProcess, listenOverHttp } from "./listeners.mjs";
import { atShare } from "./load.mjs";
import { createServer, signIn } from "./lockstep-contestants.mjs";

/** Users who are told one after the other, of each kind. */
const USERS_TOLD = 10;

/** A user with many streams: so many sessions, each with as many streams as a session may have. */
const SESSIONS = 25;
const STREAMS_OF_A_SESSION = 4;

/** Writes, or sign-ins, under way at a time. */
const AT_ONCE = 16;

process.once("message", (plan) => void answer(plan));

async function answer(plan) {
  try {
    process.send({ figures: await measure(plan) });
  } catch (error) {
    process.send({ failure: error.stack });
  }
  process.disconnect();
}

async function measure({ streams, storeName, transport, url, idleMs }) {
  const { store, revokeAll, close } = storeName === "memory" ? onMemory() : onPostgres(url);
  const sessions = await createServer(store);
  const seats = await seat(sessions, streams);
  const listen = transport === "http" ? listenOverHttp : listenInProcess;
  const listeners = await listen(
    sessions.handler,
    seats.map(({ cookies }) => cookies),
  );
  const restCpu = await cpuOf(idleMs / 3);
  const empty = await memory();
  const openedAt = now();
  await listeners.open();
  const openMs = now() - openedAt;
  const full = await memory();
  const idleCpu = await cpuOf(idleMs);

  const users = Map.groupBy(seats.keys(), (place) => seats[place].userId);
  const many = [...users].filter(([, places]) => places.length > 1);
  const single = [...users].filter(([, places]) => places.length === 1).slice(0, USERS_TOLD);
  const toOne = await tellEach(sessions, listeners, single);
  const toMany = await tellEach(sessions, listeners, many);
  const told = new Set([...single, ...many].map(([userId]) => userId));
  const rest = [...seats.keys()].filter((place) => !told.has(seats[place].userId));
  const toAll = await timeOf(listeners, rest, () =>
    revokeAll(
      sessions,
      rest.map((place) => seats[place].sessionId),
    ),
  );
  await listeners.close();
  await close();
  return {
    streams,
    storeName,
    transport,
    openMs,
    rss: { before: empty.rss, after: full.rss, each: (full.rss - empty.rss) / streams },
    heap: { each: (full.heap - empty.heap) / streams },
    cpu: { rest: restCpu, idle: idleCpu },
    toOne,
    toMany: { streams: SESSIONS * STREAMS_OF_A_SESSION, ...toMany },
    toAll: { streams: rest.length, median: atShare(toAll, 0.5), last: toAll.at(-1) },
  };
}

/** Signs users in: a tenth of the streams are those of users with a hundred, the others have one each. */
async function seat(sessions, streams) {
  const ofMany = SESSIONS * STREAMS_OF_A_SESSION;
  const many = Math.min(USERS_TOLD, Math.floor(streams / 10 / ofMany));
  const seats = [];
  for (let index = 0; index < many * SESSIONS; index += 1) {
    const userId = `many-${Math.floor(index / SESSIONS)}`;
    const cookies = await signIn(sessions, userId);
    for (let stream = 0; stream < STREAMS_OF_A_SESSION; stream += 1) seats.push(seatOf(userId, cookies));
  }
  const names = Array.from({ length: streams - seats.length }, (_, index) => `one-${index}`);
  await inParallel(names, async (userId) => seats.push(seatOf(userId, await signIn(sessions, userId))));
  return seats;
}

function seatOf(userId, cookies) {
  const [, sessionId] = /__Host-lockstep-version=([\w-]+)\./.exec(cookies);
  return { userId, sessionId, cookies };
}

/** Revokes the sessions of one user after the other: from the call until the last of the streams was told. */
async function tellEach(sessions, listeners, users) {
  const lasts = [];
  for (const [userId, places] of users) {
    const times = await timeOf(listeners, places, () => sessions.revokeUser(userId));
    lasts.push(times.at(-1));
  }
  lasts.sort((left, right) => left - right);
  return { users: lasts.length, median: atShare(lasts, 0.5), most: lasts.at(-1) };
}

async function timeOf(listeners, places, decide) {
  const hearing = listeners.expect(places);
  const decidedAt = now();
  await decide();
  const times = await hearing;
  return times.map((time) => time - decidedAt).toSorted((left, right) => left - right);
}

function onMemory() {
  return {
    store: createMemoryStore(),
    revokeAll: (sessions, ids) => inParallel(ids, (id) => sessions.revokeSession(id)),
    close: async () => undefined,
  };
}

function onPostgres(url) {
  const { pool } = openPool(url);
  const store = createPostgresStore({ pool });
  return {
    store,
    /** As somebody would who has to act at once. */
    revokeAll: () =>
      pool.query("UPDATE lockstep.session SET end_reason = 'revoked', end_at = $1 WHERE end_reason IS NULL", [
        Date.now(),
      ]),
    async close() {
      await store.close();
      await pool.query("TRUNCATE lockstep.session");
      await pool.end();
    },
  };
}

async function inParallel(items, work) {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of waiting) await work(item);
    }),
  );
}

/** What is in memory for good. */
async function memory() {
  for (let pass = 0; pass < 3; pass += 1) {
    globalThis.gc();
    await sleep(100);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}

/** Which share of one core the process takes over a time. */
async function cpuOf(lastingMs) {
  const before = process.cpuUsage();
  await sleep(lastingMs);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / lastingMs;
}
