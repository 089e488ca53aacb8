import { join } from "node:path";

import { createGuard, freePort, type TestService } from "./guarded-server.js";
import { placeOf, postgresProgram } from "./programs.js";

/** How a PostgreSQL server begins. */
export interface PostgresOptions {
  /** Follows this server, until `SELECT pg_promote()`, instead of beginning with an empty database. */
  readonly primary?: TestService;
  /** Whether what it acknowledged survives a power cut, as in production. Default: `false`, a killed server only. */
  readonly durable?: boolean;
}

/** Starts a PostgreSQL server. */
export async function startPostgres({
  primary,
  durable = false,
}: PostgresOptions = {}): Promise<TestService> {
  const place = placeOf(postgresProgram);
  const port = await freePort();
  const guard = createGuard("postgres");
  const data = join(guard.folder, "data");

  const making = (source: TestService | undefined) =>
    source === undefined
      ? {
          program: join(place, "initdb"),
          args: ["-D", data, "-U", "postgres", "-E", "UTF8", "--no-locale", "--auth=trust", "--no-sync"],
        }
      : {
          program: join(place, "pg_basebackup"),
          args: ["-D", data, "-d", source.url, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"],
        };

  const start = (): Promise<void> => {
    const settings = {
      port,
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      fsync: durable ? "on" : "off",
      max_connections: 60,
    };
    return guard.start({
      program: join(place, "postgres"),
      args: ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
      ready: primary === undefined ? "ready to accept connections" : "ready to accept read-only connections",
    });
  };

  try {
    await guard.start({ ...making(primary), ready: null });
    await start();
  } catch (error) {
    await guard.release();
    throw error;
  }
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    async restart() {
      // Does not wait until clients leave.
      await guard.end("SIGINT");
      await start();
    },
    kill: () => guard.end("SIGKILL"),
    async stop() {
      await guard.end("SIGINT");
      await guard.release();
    },
  };
}
