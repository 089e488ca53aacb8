import { ServerConfigError } from "../config-error.js";
import { lendFrom, type PostgresConnection, type PostgresPool } from "./postgres-client.js";

/** Upper bound of a migration; another process that migrates at the same time is waited for within it. */
const MIGRATION_LIMIT_MS = 60_000;

/**
 * - Ids are compared as bytes (`COLLATE "C"`): an index in a language's order goes wrong when the system's library changes that order.
 * - The end is a column, not part of the document, so that one statement can close all sessions of a user.
 * - The document is `text`: `jsonb` refuses `\u0000`, and no statement looks into it.
 * - A rotation changes no indexed value, and a page has room for a second version of its rows, so that no index is written to.
 * - Only what a browser should hear of notifies. A commit with a notice takes a lock that the whole server has one of, which would put
 *   all rotations in a queue.
 */
function sessionTable(schema: string): string {
  return `
    CREATE TABLE "${schema}".session (
      id text COLLATE "C" PRIMARY KEY,
      user_id text COLLATE "C" NOT NULL,
      revision bigint NOT NULL,
      created_at bigint NOT NULL,
      absolute_expires_at bigint NOT NULL,
      stale_generation bigint NOT NULL,
      end_reason text,
      end_at bigint,
      document text NOT NULL
    ) WITH (fillfactor = 70);
    CREATE INDEX session_open_by_user ON "${schema}".session (user_id, created_at) WHERE end_reason IS NULL;
    CREATE INDEX session_by_expiry ON "${schema}".session (absolute_expires_at);
    CREATE FUNCTION "${schema}".tell_news() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify(TG_TABLE_SCHEMA || '.news', NEW.id);
        RETURN NULL;
      END
    $$;
    CREATE TRIGGER session_tells_news AFTER UPDATE ON "${schema}".session FOR EACH ROW
      WHEN (NEW.end_reason IS DISTINCT FROM OLD.end_reason OR NEW.stale_generation > OLD.stale_generation)
      EXECUTE FUNCTION "${schema}".tell_news();
  `;
}

/** Each leads from one version of the schema to the next. Never changed once it was published. */
const MIGRATIONS: ReadonlyArray<(schema: string) => string> = [sessionTable];

/** Which tables to migrate. */
export interface PostgresMigrationOptions {
  /** As of {@link PostgresStoreOptions}. Default: `"lockstep"`. */
  readonly schema?: string | undefined;
}

/**
 * Creates the tables of the PostgreSQL store, or brings them up to date; does nothing when they are. For deployments whose
 * servers may not change a schema: run it before them, with a role that may, and give the store `migrate: false`.
 *
 * All in one transaction, under an advisory lock: processes that start together wait for the first one. Up to 60 s.
 *
 * @throws ServerConfigError `invalid_option` for a bad name, `unsupported_schema` for tables of a newer version
 * @example
 * ```ts
 * import { migratePostgres } from "@lockstep/server/postgres";
 * import pg from "pg";
 *
 * const pool = new pg.Pool({ connectionString: "postgres://owner@localhost/app" });
 * await migratePostgres(pool);
 * await pool.end();
 * ```
 */
export async function migratePostgres(
  pool: PostgresPool,
  options: PostgresMigrationOptions = {},
): Promise<void> {
  const schema = readSchemaName(options.schema);
  const lend = lendFrom(pool, MIGRATION_LIMIT_MS);
  await lend(async (connection) => {
    // In a stricter one, who waited for the lock would see the tables as they were before.
    await connection.query("BEGIN ISOLATION LEVEL READ COMMITTED");
    await migrate(connection, schema);
    await connection.query("COMMIT");
  });
}

async function migrate(connection: PostgresConnection, schema: string): Promise<void> {
  await connection.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [
    `lockstep migrates ${schema}`,
  ]);
  const version = await readVersion(connection, schema);
  assertNotNewer(version);
  if (version === 0) {
    // "IF NOT EXISTS" would ask for the right to create one even if it exists.
    const { rows } = await connection.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema]);
    if (rows.length === 0) await connection.query(`CREATE SCHEMA "${schema}"`);
    await connection.query(
      `CREATE TABLE "${schema}".migration (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
  }
  for (const [index, migration] of [...MIGRATIONS.entries()].slice(version)) {
    await connection.query(migration(schema));
    await connection.query(`INSERT INTO "${schema}".migration (version) VALUES ($1)`, [index + 1]);
  }
}

/**
 * Checks that the tables are of this version.
 *
 * @throws ServerConfigError `unsupported_schema`
 */
export async function assertMigrated(connection: PostgresConnection, schema: string): Promise<void> {
  const version = await readVersion(connection, schema);
  assertNotNewer(version);
  if (version === MIGRATIONS.length) return;
  throw new ServerConfigError(
    "unsupported_schema",
    "pool",
    version === 0 ? "has no tables yet" : `has tables of version ${version}, older than ${MIGRATIONS.length}`,
    "run migratePostgres, or leave out `migrate: false`",
  );
}

function assertNotNewer(version: number): void {
  if (version <= MIGRATIONS.length) return;
  throw new ServerConfigError(
    "unsupported_schema",
    "pool",
    `has tables of version ${version}, newer than ${MIGRATIONS.length}`,
    "upgrade @lockstep/server",
  );
}

/** 0 where there are no tables. */
async function readVersion(connection: PostgresConnection, schema: string): Promise<number> {
  // Not `to_regclass`: that may answer from a cache of before the lock was waited for.
  const { rows: tables } = await connection.query(
    "SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'migration'",
    [schema],
  );
  if (tables.length === 0) return 0;
  const { rows } = await connection.query(
    `SELECT coalesce(max(version), 0) AS version FROM "${schema}".migration`,
  );
  return Number(rows[0]?.["version"]);
}

/**
 * Returns a name that may stand in a statement, and be the first half of a channel's.
 *
 * @throws ServerConfigError `invalid_option`
 */
export function readSchemaName(schema: unknown = "lockstep"): string {
  if (typeof schema === "string" && /^[a-z_][a-z0-9_]{0,49}$/.test(schema)) return schema;
  throw new ServerConfigError(
    "invalid_option",
    "schema",
    "must be a name of up to 50 small letters, digits and underscores",
    'leave it out, or pass { schema: "lockstep" }',
  );
}
