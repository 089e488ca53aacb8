import { readAppearance, type Appearance } from "./appearance.js";
import { unavailable } from "./dependency-guard.js";
import type { ServerContext } from "./server-context.js";
import { endOf, type SessionRecord } from "./session-record.js";

/** How often a lost race is run again; each loss means that a refresh got through. */
const ROUND_LIMIT = 10;

/**
 * Changes what the grants of a user's sessions say, and marks the grants that are out as stale, so that browsers get new ones;
 * returns how many sessions it found.
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
  const live = (await context.store.listByUser(userId)).filter((record) => endOf(record, at) === null);
  await Promise.all(live.map((record) => changeRecord(context, record, appearance)));
  return live.length;
}

async function changeRecord(
  context: ServerContext,
  found: SessionRecord,
  appearance: ReturnType<typeof readAppearance>,
): Promise<void> {
  let record: SessionRecord | null = found;
  for (let round = 0; round < ROUND_LIMIT; round += 1) {
    if (record === null || record.end !== null) return;
    const next = {
      ...record,
      ...appearance,
      revision: record.revision + 1,
      staleGeneration: record.generation,
    };
    if (await context.store.compareAndSet(record.id, record.revision, next)) {
      const { id, userId } = record;
      await context.report({ type: "user-changed", at: context.config.clock(), sessionId: id, userId });
      return;
    }
    record = await context.store.read(record.id);
  }
  throw unavailable();
}
