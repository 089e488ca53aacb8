import { createGuard, freePort, type TestService } from "./guarded-server.js";
import { placeOf, redisProgram } from "./programs.js";

/** How a Redis server keeps its data. */
export interface RedisOptions {
  /** Whether each write is in a file before it is acknowledged. Default: `false`, and a restart empties it. */
  readonly persistent?: boolean;
}

/** Starts an empty Redis or Valkey server. */
export async function startRedis({ persistent = false }: RedisOptions = {}): Promise<TestService> {
  const program = placeOf(redisProgram);
  const port = await freePort();
  const guard = createGuard("redis");

  const start = (): Promise<void> => {
    const settings = {
      port: String(port),
      bind: "127.0.0.1",
      dir: guard.folder,
      save: "",
      appendonly: persistent ? "yes" : "no",
      appendfsync: "always",
    };
    return guard.start({
      program,
      args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
      ready: "Ready to accept connections",
    });
  };

  try {
    await start();
  } catch (error) {
    await guard.release();
    throw error;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async restart() {
      await guard.end("SIGTERM");
      await start();
    },
    kill: () => guard.end("SIGKILL"),
    async stop() {
      await guard.end("SIGTERM");
      await guard.release();
    },
  };
}
