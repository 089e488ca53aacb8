import { readAppearance, type Appearance } from "./appearance.js";
import { unavailable } from "./dependency-guard.js";
import type { ServerContext } from "./server-context.js";
import { endOf, type SessionRecord } from "./session-record.js";

/** How often a lost race is run again; each loss means that a refresh got through, or that a session got another id. */
const ROUND_LIMIT = 10;

/**
 * Changes what the grants of a user's sessions say, and marks the grants that are out as stale, so that browsers get new ones;
 * returns how many sessions it found.
 *
 * A session that is replaced meanwhile hands on what it said before. Its successor was stored before it ended, so that it is
 * found by looking again.
 *
 * @throws ServerConfigError `invalid_argument`
 * @throws RequestProblem `temporarily_unavailable`: some sessions may have been changed; call it again
 */
export async function changeUser(
  context: ServerContext,
  userId: string,
  change: Appearance,
): Promise<number> {
  const appearance = readAppearance(change);
  const at = context.config.clock();
  const seen = new Set<string>();
  let concerned = 0;
  for (let round = 0; round < ROUND_LIMIT; round += 1) {
    const found = (await context.store.listByUser(userId)).filter(
      (record) => endOf(record, at) === null && !seen.has(record.id),
    );
    for (const { id } of found) seen.add(id);
    const ends = await Promise.all(found.map((record) => changeRecord(context, record, appearance)));
    const lost = ends.filter((end) => end === "replaced").length;
    concerned += found.length - lost;
    if (lost === 0) return concerned;
  }
  throw unavailable();
}

/** Returns why the session could not be changed any more, or `null`. */
async function changeRecord(
  context: ServerContext,
  found: SessionRecord,
  appearance: ReturnType<typeof readAppearance>,
): Promise<string | null> {
  let record: SessionRecord | null = found;
  for (let round = 0; round < ROUND_LIMIT; round += 1) {
    if (record === null || record.end !== null) return record?.end?.reason ?? null;
    const next = {
      ...record,
      ...appearance,
      revision: record.revision + 1,
      staleGeneration: record.generation,
    };
    if (await context.store.compareAndSet(record.id, record.revision, next)) {
      const { id, userId } = record;
      await context.report({ type: "user-changed", at: context.config.clock(), sessionId: id, userId });
      return null;
    }
    record = await context.store.read(record.id);
  }
  throw unavailable();
}
