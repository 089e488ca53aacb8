import { ServerConfigError } from "../config-error.js";
import type { RecordedEndReason, SessionRecord } from "../session-record.js";
import {
  ignoreError,
  lendFrom,
  type OnConnection,
  type PostgresClient,
  type PostgresPool,
  type PostgresResult,
} from "./postgres-client.js";
import { createListening } from "./postgres-listening.js";
import { assertMigrated, migratePostgres, readSchemaName } from "./postgres-schema.js";
import { readDocument, writeDocument } from "./record-document.js";
import type { SessionStore } from "./session-store.js";
import { readableOf, tryToRead } from "./unreadable-record.js";

export type {
  PostgresClient,
  PostgresConnection,
  PostgresNotification,
  PostgresPool,
  PostgresPoolClient,
  PostgresResult,
} from "./postgres-client.js";
export { migratePostgres, type PostgresMigrationOptions } from "./postgres-schema.js";

/** Upper bound of one call, the wait for a connection included. */
const CALL_LIMIT_MS = 5000;

/** Rows that one statement deletes: others wait for no more than that. */
const DELETE_BATCH = 1000;

/** Where the PostgreSQL store keeps its tables, and how it gets there. */
export interface PostgresStoreOptions {
  /** A `Pool` of `pg`, connected to the primary. Stays yours: `close` does not end it. */
  readonly pool: PostgresPool;
  /**
   * Gets a connected `Client` of `pg`, to listen on; the store ends it. Needed where the pool goes through PgBouncer in transaction mode,
   * which `LISTEN` does not work through. Default: one connection of the pool, for as long as anybody watches; the pool needs another.
   */
  readonly listen?: (() => Promise<PostgresClient>) | undefined;
  /** Schema of the tables, created when missing: small letters, digits and underscores. Default: `"lockstep"`. */
  readonly schema?: string | undefined;
  /** Whether the first call creates the tables or brings them up to date. Default: `true`; else see {@link migratePostgres}. */
  readonly migrate?: boolean | undefined;
}

/**
 * Keeps sessions in PostgreSQL 12 or newer, for any number of servers.
 *
 * A call that is not done within 5 s rejects and its connection is closed, so a server that vanished does not fill the pool; that is a
 * 503 to the client and consumes nothing. The pool gets an `error` listener: without one, `pg` ends the process when the database
 * restarts. A standby is not read, since what it says may be out of date. A user id with U+0000 in it is refused by PostgreSQL.
 *
 * Close the store before the pool, which does not end while a connection of it listens.
 *
 * @throws ServerConfigError `missing_option` or `invalid_option`; calls of the store reject with `unsupported_schema` where the tables are
 *   of a newer version, or of an older one with `migrate: false`
 * @example
 * ```ts
 * import { createPostgresStore } from "@lockstep/server/postgres";
 * import pg from "pg";
 *
 * const store = createPostgresStore({ pool: new pg.Pool({ connectionString: "postgres://localhost/app" }) });
 * ```
 */
export function createPostgresStore(options: PostgresStoreOptions): SessionStore {
  const { pool, listen, migrate = true } = options;
  if (typeof (pool as Partial<PostgresPool> | undefined)?.connect !== "function") {
    throw new ServerConfigError(
      pool === undefined ? "missing_option" : "invalid_option",
      "pool",
      "must be a pool of `pg`",
      "pass { pool: new pg.Pool({ … }) }",
    );
  }
  if (listen !== undefined && typeof listen !== "function") {
    throw new ServerConfigError(
      "invalid_option",
      "listen",
      "must be a function",
      "pass one that resolves to a connected client of `pg`, or leave it out",
    );
  }
  const schema = readSchemaName(options.schema);
  pool.on("error", ignoreError);
  const lend = lendFrom(pool, CALL_LIMIT_MS);
  const prepare = migrate
    ? () => migratePostgres(pool, { schema })
    : () => lend((connection) => assertMigrated(connection, schema));
  const listening = createListening(listen ?? (() => pool.connect()), `${schema}.news`);
  return storeOver(lend, prepare, listening, `"${schema}".session`);
}

function storeOver(
  lend: OnConnection,
  prepare: () => Promise<void>,
  listening: ReturnType<typeof createListening>,
  table: string,
): SessionStore {
  let prepared: Promise<void> | undefined;
  let closed = false;

  async function open(): Promise<void> {
    if (closed) throw new Error("The session store is closed.");
    // What failed is tried again: the database may have been down.
    prepared ??= prepare().catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    await prepared;
  }

  async function run(text: string, values: unknown[]): Promise<PostgresResult> {
    await open();
    return lend((connection) => connection.query(text, values));
  }

  /** What a standby says may be out of date. And a pool would lend the way to it out again, also when it has long led to the primary. */
  async function runOnPrimary(text: string, values: unknown[]): Promise<PostgresResult> {
    await open();
    return lend(async (connection) => {
      const result = await connection.query(text, values);
      if (result.rows.some((row) => row["standby"] !== false))
        throw new Error("This PostgreSQL server is a standby.");
      return result;
    });
  }

  return {
    async insert(record) {
      const { id, userId, revision, createdAt, absoluteExpiresAt, staleGeneration, end } = record;
      await run(
        `INSERT INTO ${table}
           (id, user_id, revision, created_at, absolute_expires_at, stale_generation, end_reason, end_at, document)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          ...[id, userId, revision, createdAt, absoluteExpiresAt, staleGeneration],
          ...[end?.reason, end?.at, writeDocument(record)],
        ],
      );
    },

    async read(id) {
      const { rows } = await runOnPrimary(
        `SELECT pg_is_in_recovery() AS standby, session.*
         FROM (VALUES ($1)) AS wanted (id) LEFT JOIN ${table} AS session USING (id)`,
        [id],
      );
      return rows.map(toFound)[0] ?? null;
    },

    async readMany(ids) {
      const { rows } = await runOnPrimary(
        `SELECT pg_is_in_recovery() AS standby, session.*
         FROM unnest($1::text[]) WITH ORDINALITY AS wanted (id, place) LEFT JOIN ${table} AS session USING (id)
         ORDER BY place`,
        [ids],
      );
      return rows.map((row) => tryToRead(row, toFound));
    },

    async compareAndSet(id, expectedRevision, next) {
      const { revision, absoluteExpiresAt, staleGeneration, end } = next;
      // Who ends a session by hand may not think of the revision.
      const { rowCount } = await run(
        `UPDATE ${table}
         SET revision = $3, absolute_expires_at = $4, stale_generation = $5, end_reason = $6, end_at = $7, document = $8
         WHERE id = $1 AND revision = $2 AND end_reason IS NULL`,
        [
          ...[id, expectedRevision],
          ...[revision, absoluteExpiresAt, staleGeneration, end?.reason, end?.at, writeDocument(next)],
        ],
      );
      return rowCount === 1;
    },

    async listByUser(userId) {
      const { rows } = await runOnPrimary(
        `SELECT pg_is_in_recovery() AS standby, session.*
         FROM (VALUES ($1)) AS wanted (user_id) LEFT JOIN ${table} AS session
           ON session.user_id = wanted.user_id AND session.end_reason IS NULL
         ORDER BY session.created_at`,
        [userId],
      );
      return readableOf(rows, toFound);
    },

    async revokeByUser(userId, { reason, at, exceptSessionId }) {
      const { rows } = await run(
        `UPDATE ${table} SET revision = revision + 1, end_reason = $2, end_at = $3
         WHERE user_id = $1 AND end_reason IS NULL AND id <> $4 RETURNING id`,
        [userId, reason, at, exceptSessionId ?? ""],
      );
      return rows.map((row) => String(row["id"]));
    },

    async deleteExpired(before) {
      let total = 0;
      for (;;) {
        // Another process that deletes at the same time takes other rows.
        const { rowCount } = await run(
          `DELETE FROM ${table} WHERE id = ANY (ARRAY(
             SELECT id FROM ${table} WHERE absolute_expires_at < $1
             ORDER BY absolute_expires_at LIMIT ${DELETE_BATCH} FOR UPDATE SKIP LOCKED))`,
          [before],
        );
        total += rowCount ?? 0;
        if ((rowCount ?? 0) < DELETE_BATCH) return total;
      }
    },

    async watch(listener) {
      await open();
      return listening.add(listener);
    },

    async close() {
      closed = true;
      listening.stop();
    },
  };
}

/** Members that are all null: what was asked for is not there. */
function toFound(row: PostgresResult["rows"][number]): SessionRecord | null {
  return row["document"] === null ? null : toRecord(row);
}

/** PostgreSQL's `bigint` comes as text. */
function toRecord(row: PostgresResult["rows"][number]): SessionRecord {
  const reason = row["end_reason"];
  return {
    ...readDocument(String(row["document"])),
    revision: Number(row["revision"]),
    staleGeneration: Number(row["stale_generation"]),
    end: reason === null ? null : { reason: reason as RecordedEndReason, at: Number(row["end_at"]) },
  };
}
