/**
 * Refreshes per second of each store, beside `better-auth`: all contestants in turn, round after round, so that whatever
 * else the machine does meets all of them.
 */
import { browsers as kinds, ORIGIN } from "./browsers.mjs";
import { betterAuthOnPostgres } from "./better-auth-contestant.mjs";
import { renewFor, renewOnce, sendTo } from "./load.mjs";
import { onMemory, onPostgres, onRedis, onSqlite } from "./lockstep-contestants.mjs";
import { overHttp } from "./over-http.mjs";

/** Renewals of one browser, by which the cost of one is counted. */
const COUNTED = 100;

/** Before a contestant is measured for the first time, it runs for so long. */
const WARM_UP_MS = 1500;

/**
 * @param {object} plan
 * @param {readonly number[]} plan.clients how many at a time
 * @param {number} plan.rounds
 * @param {number} plan.sliceMs how long one contestant runs with one number of clients in one round
 * @param {object | null} plan.postgres
 * @param {object | null} plan.redis
 * @param {(line: string) => void} plan.say
 */
export async function measureRefreshes({ clients, rounds, sliceMs, postgres, redis, say }) {
  const most = Math.max(...clients);
  const lanes = [];
  try {
    for (const make of [
      onMemory,
      onSqlite,
      ...(postgres === null ? [] : [() => onPostgres(postgres), () => betterAuthOnPostgres(postgres)]),
      ...(redis === null ? [] : [() => onRedis(redis)]),
    ]) {
      lanes.push(...(await lanesOf(await make(), most, say)));
    }
    for (let round = 0; round < rounds; round += 1) {
      // There and back, so that nobody always follows the same one.
      const order = round % 2 === 0 ? lanes : lanes.toReversed();
      for (const count of clients) {
        for (const lane of order) {
          const before = process.cpuUsage();
          const result = await lane.renewFor(count, sliceMs);
          const { user, system } = process.cpuUsage(before);
          lane.results.push({
            clients: count,
            round,
            cpuMs: (user + system) / 1000 / result.answers,
            ...result,
          });
        }
      }
      say(`round ${round + 1} of ${rounds}`);
    }
    for (const lane of lanes) lane.cost.hotShare = await lane.hotShare?.();
    return lanes.map(({ renewFor: _, close: __, hotShare: ___, ...figures }) => figures);
  } finally {
    for (const lane of lanes) await lane.close();
  }
}

/** In this process; on PostgreSQL, where there is somebody to compare with, over http as well. */
async function lanesOf(contestant, most, say) {
  const { kind, library, storeName, handler, close } = contestant;
  const jars = [];
  const names = Array.from({ length: most }, (_, index) => `user-${index}`);
  for (const name of names) jars.push(await contestant.signIn(name));
  const browsers = jars.map(kinds[kind]);
  const send = sendTo(handler, ORIGIN);
  await renewFor(browsers, send, WARM_UP_MS);
  const cost = await countTrips(contestant, browsers[0], send);
  say(`${library} on ${storeName}: ready`);
  const lane = { kind, library, storeName, cost, hotShare: contestant.hotShare, results: [] };
  const direct = {
    ...lane,
    transport: "in-process",
    renewFor: (count, lastingMs) => renewFor(browsers.slice(0, count), send, lastingMs),
    close,
  };
  if (storeName !== "PostgreSQL") return [direct];
  // Browsers of their own: two jars of one session would not know of each other's rotations.
  const others = [];
  for (const name of names) others.push(await contestant.signIn(`${name}-http`));
  const http = await overHttp(contestant, others);
  await http.renewFor(most, WARM_UP_MS);
  // Closed first: the contestant has to outlive its server.
  const closeBoth = async () => {
    await http.close();
    await close();
  };
  return [
    { ...direct, close: async () => undefined },
    { ...lane, results: [], transport: "http", renewFor: http.renewFor, close: closeBoth },
  ];
}

/** What a renewal costs the store, counted. */
async function countTrips({ trips, unit }, browser, send) {
  const before = await trips();
  for (let index = 0; index < COUNTED; index += 1) {
    if (!(await renewOnce(browser, send)))
      throw new Error("A renewal was refused: its cost cannot be counted.");
  }
  return { unit, each: ((await trips()) - before) / COUNTED };
}
