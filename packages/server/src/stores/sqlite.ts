import { DatabaseSync, type SQLOutputValue } from "node:sqlite";

import { ServerConfigError } from "../config-error.js";
import type { RecordedEndReason, SessionRecord } from "../session-record.js";
import { readDocument, writeDocument, type RecordDocument } from "./record-document.js";
import { tellAll, type SessionStore, type StoreListener } from "./session-store.js";
import { readableOf, tryToRead } from "./unreadable-record.js";

const BUSY_TIMEOUT_MS = 5000;

/** How often somebody who cannot be woken tries again. */
const BUSY_RETRY_MS = 5;

/** `SQLITE_BUSY`. */
const BUSY = 5;

/** How often somebody who watches looks for what other processes wrote. */
const WATCH_INTERVAL_MS = 200;

/** Seconds that news is kept: far longer than a process takes to look. */
const NEWS_RETENTION_SECONDS = 3600;

/** The end is a column, not part of the document, so that one statement can close all sessions of a user. */
const SESSION_TABLE = `
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

/** Written by a trigger, so that the news is there in the very moment in which the session ends, whoever ends it. */
const NEWS_TABLE = `
  ALTER TABLE session ADD COLUMN stale_generation INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE session_news (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL,
    at INTEGER NOT NULL DEFAULT (unixepoch())
  ) STRICT;
  CREATE TRIGGER session_tells_news AFTER UPDATE ON session
  WHEN NEW.end_reason IS NOT OLD.end_reason OR NEW.stale_generation > OLD.stale_generation
  BEGIN
    INSERT INTO session_news (session_id) VALUES (NEW.id);
  END;
`;

/** Each leads from one version of the schema to the next. Never changed once it was published. */
const MIGRATIONS: readonly string[] = [SESSION_TABLE, NEWS_TABLE];

const COLUMNS = "revision, stale_generation, end_reason, end_at, document";

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
  writeAhead(database);
  database.exec("PRAGMA synchronous = FULL");
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > MIGRATIONS.length) {
      throw new ServerConfigError(
        "unsupported_schema",
        "path",
        `has schema version ${version}, newer than ${MIGRATIONS.length}`,
        "upgrade @lockstep/server",
      );
    }
    for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    database.exec("COMMIT");
  } catch (cause) {
    database.exec("ROLLBACK");
    throw cause;
  }
}

/** SQLite does not wait itself where two who create the file would wait for each other: it tells one of them at once that it is locked. */
function writeAhead(database: DatabaseSync): void {
  const deadline = performance.now() + BUSY_TIMEOUT_MS;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      return database.exec("PRAGMA journal_mode = WAL");
    } catch (cause) {
      const isBusy = (cause as { errcode?: number }).errcode === BUSY;
      if (!isBusy || performance.now() >= deadline) throw cause;
      Atomics.wait(sleeper, 0, 0, BUSY_RETRY_MS);
    }
  }
}

function storeOver(database: DatabaseSync): SessionStore {
  const insert = database.prepare(
    `INSERT INTO session
       (id, user_id, revision, created_at, absolute_expires_at, stale_generation, end_reason, end_at, document)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const read = database.prepare(`SELECT ${COLUMNS} FROM session WHERE id = ?`);
  // Who ends a session by hand may not think of the revision.
  const compareAndSet = database.prepare(
    `UPDATE session
     SET revision = ?, absolute_expires_at = ?, stale_generation = ?, end_reason = ?, end_at = ?, document = ?
     WHERE id = ? AND revision = ? AND end_reason IS NULL`,
  );
  const listByUser = database.prepare(
    `SELECT ${COLUMNS} FROM session WHERE user_id = ? AND end_reason IS NULL ORDER BY created_at`,
  );
  const revokeByUser = database.prepare(
    `UPDATE session SET revision = revision + 1, end_reason = ?, end_at = ?
     WHERE user_id = ? AND end_reason IS NULL AND id <> ? RETURNING id`,
  );
  const deleteExpired = database.prepare("DELETE FROM session WHERE absolute_expires_at < ?");
  const deleteNews = database.prepare("DELETE FROM session_news WHERE at < unixepoch() - ?");
  const watch = createWatch(database);

  // Every method is async so that what SQLite throws reaches the caller as a rejection.
  return {
    async insert(record) {
      const { id, userId, revision, createdAt, absoluteExpiresAt, staleGeneration, end } = record;
      const times = [createdAt, absoluteExpiresAt, staleGeneration] as const;
      const closing = [end?.reason ?? null, end?.at ?? null] as const;
      insert.run(id, userId, revision, ...times, ...closing, writeDocument(record));
    },

    async read(id) {
      return toFound(read.get(id));
    },

    async readMany(ids) {
      return ids.map((id) => tryToRead(read.get(id), toFound));
    },

    async compareAndSet(id, expectedRevision, next) {
      const { revision, absoluteExpiresAt, staleGeneration, end } = next;
      const closing = [end?.reason ?? null, end?.at ?? null] as const;
      const result = compareAndSet.run(
        revision,
        absoluteExpiresAt,
        staleGeneration,
        ...closing,
        writeDocument(next),
        id,
        expectedRevision,
      );
      return result.changes === 1;
    },

    async listByUser(userId) {
      return readableOf(listByUser.all(userId), toRecord);
    },

    async revokeByUser(userId, { reason, at, exceptSessionId }) {
      return revokeByUser.all(reason, at, userId, exceptSessionId ?? "").map((row) => String(row["id"]));
    },

    async deleteExpired(before) {
      deleteNews.run(NEWS_RETENTION_SECONDS);
      return Number(deleteExpired.run(before).changes);
    },

    async watch(listener) {
      return watch.add(listener);
    },

    async close() {
      watch.stop();
      if (database.isOpen) database.close();
    },
  };
}

/**
 * Looks for news while somebody watches: SQLite calls nobody in another process. To find none costs some microseconds.
 */
function createWatch(database: DatabaseSync) {
  const newest = database.prepare("SELECT coalesce(max(sequence), 0) AS sequence FROM session_news");
  const after = database.prepare(
    "SELECT sequence, session_id FROM session_news WHERE sequence > ? ORDER BY sequence",
  );
  const listeners = new Set<StoreListener>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let read = 0;
  let hasFailed = false;

  function look(): void {
    try {
      const news = after.all(read);
      read = Number(news.at(-1)?.["sequence"] ?? read);
      tellAll(
        listeners,
        news.map((row) => ({ kind: "news", sessionId: String(row["session_id"]) })),
      );
      if (hasFailed) tellAll(listeners, [{ kind: "gap" }]);
      hasFailed = false;
    } catch {
      // A disk that is full or gone: what is written meanwhile may be gone too when it is back.
      hasFailed = true;
    }
  }

  function stop(): void {
    listeners.clear();
    clearInterval(timer);
    timer = undefined;
  }

  return {
    stop,
    /** Calls back until the returned function is called. */
    add(listener: StoreListener): () => Promise<void> {
      // One that is added twice hears twice, and stops twice.
      const own: StoreListener = (notice) => listener(notice);
      if (timer === undefined) {
        read = Number(newest.get()?.["sequence"]);
        timer = setInterval(look, WATCH_INTERVAL_MS);
        timer.unref();
      }
      listeners.add(own);
      return async () => {
        listeners.delete(own);
        if (listeners.size === 0) stop();
      };
    },
  };
}

type Row = Readonly<Record<string, SQLOutputValue>>;

function toFound(row: Row | undefined): SessionRecord | null {
  return row === undefined ? null : toRecord(row);
}

function toRecord(row: Row): SessionRecord {
  const document: Omit<RecordDocument, "lastUse"> & Partial<RecordDocument> = readDocument(
    String(row["document"]),
  );
  const reason = row["end_reason"];
  return {
    ...document,
    lastUse: document.lastUse ?? null,
    revision: Number(row["revision"]),
    staleGeneration: Number(row["stale_generation"]),
    end: reason == null ? null : { reason: reason as RecordedEndReason, at: Number(row["end_at"]) },
  };
}
