import { expect, test } from "vitest";

import { createMemoryStore, type SessionStore, UnreadableRecordError } from "../src/index.js";
import { listen } from "./event-reader.js";
import { createWorld } from "./world.js";

const SESSIONS = 300;

/** Answers for many sessions in one question, and counts the questions. */
function countingStore(failsForMany: () => boolean = () => false) {
  const store = createMemoryStore();
  let questions = 0;
  const counting: SessionStore = {
    ...store,
    read: async (id) => {
      questions += 1;
      return store.read(id);
    },
    readMany: async (ids) => {
      questions += 1;
      if (failsForMany()) throw new Error("away");
      return Promise.all(ids.map((id) => store.read(id)));
    },
  };
  return { store: counting, questions: () => questions };
}

async function listenAll(store: SessionStore) {
  const world = createWorld({ store, sessionsPerUser: { most: SESSIONS } });
  const readers = [];
  for (let index = 0; index < SESSIONS; index += 1) readers.push(await listen(world, await world.member()));
  return { world, readers };
}

test("L13: when all sessions end at once the store is asked for many together, and every browser is told", async () => {
  const { store, questions } = countingStore();
  const { world, readers } = await listenAll(store);
  const before = questions();

  await world.server.revokeUser("ada");

  await Promise.all(readers.map((reader) => reader.over()));
  for (const { events } of readers) expect(events.map(({ event }) => event)).toEqual(["ended"]);
  expect(questions() - before).toBeLessThan(SESSIONS / 10);
});

test("L13: one record that cannot be made out costs the others neither their news nor another question", async () => {
  const { store, questions } = countingStore();
  const spoilt = new Set<string | undefined>();
  const { world, readers } = await listenAll({
    ...store,
    readMany: async (ids) => {
      const found = (await store.readMany?.(ids)) ?? [];
      return ids.map((id, index) => (spoilt.has(id) ? new UnreadableRecordError() : (found[index] ?? null)));
    },
  });
  const before = questions();

  const [first] = await store.listByUser("ada");
  spoilt.add(first?.id);
  await world.server.revokeUser("ada");

  await Promise.all(readers.map((reader) => reader.over()));
  const [ofSpoilt, ...others] = readers.map(({ events }) => events.map(({ event }) => event));
  expect(ofSpoilt).toEqual([]);
  expect(others).toEqual(others.map(() => ["ended"]));
  expect(questions() - before).toBeLessThan(SESSIONS / 10);
});

test("L13: sessions that were asked for together while the store was away are asked for again, each of them", async () => {
  let failures = 0;
  const { store } = countingStore(() => failures++ === 0);
  const { world, readers } = await listenAll(store);

  await world.server.revokeUser("ada");

  await Promise.all(readers.map((reader) => reader.over()));
  for (const { events } of readers) expect(events.map(({ event }) => event)).toEqual(["ended"]);
  expect(failures).toBeGreaterThan(1);
});
