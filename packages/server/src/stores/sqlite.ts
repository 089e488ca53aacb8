import { DatabaseSync, type SQLOutputValue } from "node:sqlite";

import { ServerConfigError } from "../config-error.js";
import type { RecordedEndReason, SessionRecord } from "../session-record.js";
import type { SessionStore } from "./session-store.js";

const SCHEMA_VERSION = 1;
const BUSY_TIMEOUT_MS = 5000;

/** The end is a column, not part of the document, so that one statement can close all sessions of a user. */
const SCHEMA = `
  CREATE TABLE session (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    absolute_expires_at INTEGER NOT NULL,
    end_reason TEXT,
    end_at INTEGER,
    document TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX session_open_by_user ON session (user_id, created_at) WHERE end_reason IS NULL;
  CREATE INDEX session_by_expiry ON session (absolute_expires_at);
`;

const COLUMNS = "revision, end_reason, end_at, document";

/** Where the SQLite store keeps its file. */
export interface SqliteStoreOptions {
  /** Path of the database file, created when missing. `:memory:` works and forgets. */
  readonly path: string;
}

/**
 * Keeps sessions in a SQLite file: the embedded default, for one machine and any number of processes on it.
 *
 * Write-ahead log with `synchronous = FULL`: a session that was acknowledged survives a killed process and a power cut.
 * A writer that finds the file locked waits up to 5 s and rejects then, which is a 503 to the client and consumes nothing. SQLite
 * does not queue writers: processes that write without a pause can starve one another.
 *
 * @throws ServerConfigError `invalid_option` for a bad path, `unsupported_schema` for a file of a newer version
 * @example
 * ```ts
 * import { createSqliteStore } from "@lockstep/server/sqlite";
 *
 * const store = createSqliteStore({ path: "./sessions.db" });
 * ```
 */
export function createSqliteStore(options: SqliteStoreOptions): SessionStore {
  if (typeof options.path !== "string" || options.path === "") {
    throw new ServerConfigError(
      "invalid_option",
      "path",
      "must be the path of a file",
      'pass { path: "./sessions.db" }',
    );
  }
  const database = new DatabaseSync(options.path);
  try {
    prepareDatabase(database);
  } catch (cause) {
    database.close();
    throw cause;
  }
  return storeOver(database);
}

function prepareDatabase(database: DatabaseSync): void {
  // First of all: the next pragma already needs the file, and another process may be creating it right now.
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > SCHEMA_VERSION) {
      throw new ServerConfigError(
        "unsupported_schema",
        "path",
        `has schema version ${version}, newer than ${SCHEMA_VERSION}`,
        "upgrade @lockstep/server",
      );
    }
    if (version === 0) {
      database.exec(SCHEMA);
      database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    }
    database.exec("COMMIT");
  } catch (cause) {
    database.exec("ROLLBACK");
    throw cause;
  }
}

function storeOver(database: DatabaseSync): SessionStore {
  const insert = database.prepare(
    `INSERT INTO session (id, user_id, revision, created_at, absolute_expires_at, end_reason, end_at, document)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const read = database.prepare(`SELECT ${COLUMNS} FROM session WHERE id = ?`);
  const compareAndSet = database.prepare(
    `UPDATE session SET revision = ?, absolute_expires_at = ?, end_reason = ?, end_at = ?, document = ?
     WHERE id = ? AND revision = ?`,
  );
  const listByUser = database.prepare(
    `SELECT ${COLUMNS} FROM session WHERE user_id = ? AND end_reason IS NULL ORDER BY created_at`,
  );
  const revokeByUser = database.prepare(
    `UPDATE session SET revision = revision + 1, end_reason = ?, end_at = ?
     WHERE user_id = ? AND end_reason IS NULL AND id <> ? RETURNING id`,
  );
  const deleteExpired = database.prepare("DELETE FROM session WHERE absolute_expires_at < ?");

  // Every method is async so that what SQLite throws reaches the caller as a rejection.
  return {
    async insert(record) {
      const { id, userId, revision, createdAt, absoluteExpiresAt, end } = record;
      const closing = [end?.reason ?? null, end?.at ?? null] as const;
      insert.run(id, userId, revision, createdAt, absoluteExpiresAt, ...closing, toDocument(record));
    },

    async read(id) {
      const row = read.get(id);
      return row === undefined ? null : toRecord(row);
    },

    async compareAndSet(id, expectedRevision, next) {
      const { revision, absoluteExpiresAt, end } = next;
      const closing = [end?.reason ?? null, end?.at ?? null] as const;
      const result = compareAndSet.run(
        revision,
        absoluteExpiresAt,
        ...closing,
        toDocument(next),
        id,
        expectedRevision,
      );
      return result.changes === 1;
    },

    async listByUser(userId) {
      return listByUser.all(userId).map(toRecord);
    },

    async revokeByUser(userId, { reason, at, exceptSessionId }) {
      return revokeByUser.all(reason, at, userId, exceptSessionId ?? "").map((row) => String(row["id"]));
    },

    async deleteExpired(before) {
      return Number(deleteExpired.run(before).changes);
    },

    async close() {
      if (database.isOpen) database.close();
    },
  };
}

type Row = Readonly<Record<string, SQLOutputValue>>;

function toDocument({ revision: _, end: __, ...document }: SessionRecord): string {
  return JSON.stringify(document);
}

function toRecord(row: Row): SessionRecord {
  const document = JSON.parse(String(row["document"])) as Omit<
    SessionRecord,
    "revision" | "end" | "lastUse"
  > &
    Partial<Pick<SessionRecord, "lastUse">>;
  const reason = row["end_reason"];
  return {
    ...document,
    lastUse: document.lastUse ?? null,
    revision: Number(row["revision"]),
    end: reason == null ? null : { reason: reason as RecordedEndReason, at: Number(row["end_at"]) },
  };
}
