import { describeDevice, type Device } from "./device.js";
import type { ServerContext } from "./server-context.js";
import { endOf, type SessionRecord } from "./session-record.js";

/** One of a user's sessions, for that user to know it again. Nothing in it is a secret. */
export interface SessionInfo {
  readonly id: string;
  readonly device: Device;
  /** Of its last use, if the server was told how to find it out. */
  readonly address: string | null;
  /** A coarse place, in the words of the locator. */
  readonly location: string | null;
  /** Milliseconds since the epoch. */
  readonly signedInAt: number;
  /** When its access token was last replaced, or it was signed in: milliseconds since the epoch. */
  readonly lastUsedAt: number;
  /** When the user last proved who they are: milliseconds since the epoch. */
  readonly authTime: number;
}

/**
 * Lists the live sessions of a user, the last used one first.
 *
 * @throws RequestProblem `temporarily_unavailable`
 */
export async function listSessions(context: ServerContext, userId: string): Promise<readonly SessionInfo[]> {
  const at = context.config.clock();
  const records = (await context.store.listByUser(userId)).filter((record) => endOf(record, at) === null);
  const places = await locateAll(context, records);
  return records
    .map((record): SessionInfo => {
      const { id, lastUse, createdAt, authTime } = record;
      const address = lastUse?.visitor.address ?? null;
      return {
        id,
        device: describeDevice(lastUse?.visitor ?? null),
        address,
        location: address === null ? null : (places.get(address) ?? null),
        signedInAt: createdAt,
        lastUsedAt: lastUse?.at ?? createdAt,
        authTime,
      };
    })
    .sort((left, right) => right.lastUsedAt - left.lastUsedAt);
}

/** Asks for each address once. A locator that fails costs the place, not the list. */
async function locateAll(
  { locate }: ServerContext,
  records: readonly SessionRecord[],
): Promise<ReadonlyMap<string, string | null>> {
  if (locate === undefined) return new Map();
  const addresses = new Set(records.flatMap(({ lastUse }) => lastUse?.visitor.address ?? []));
  const found = [...addresses].map(async (address) => {
    const place = await locate(address).catch(() => null);
    return [address, typeof place === "string" ? place : null] as const;
  });
  return new Map(await Promise.all(found));
}
