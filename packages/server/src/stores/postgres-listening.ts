import {
  ignoreError,
  startDeadline,
  type PostgresClient,
  type PostgresConnection,
  type PostgresPoolClient,
} from "./postgres-client.js";
import { tellAll, type StoreListener } from "./session-store.js";

/** How long connecting may take. */
const CONNECT_LIMIT_MS = 10_000;

/** A connection whose other end is gone says nothing: it is asked so often, and has as long to answer. */
const HEARTBEAT_MS = 3000;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/** Gets a connection to listen on. */
export type GetListener = () => Promise<PostgresClient | PostgresPoolClient>;

/** Hears what the server notifies, on one connection for all who listen. */
export function createListening(getConnection: GetListener, channel: string) {
  const listeners = new Set<StoreListener>();
  /** Settles the connection that is there or being made. */
  let connecting: Promise<void> | undefined;
  let leave: (() => void) | undefined;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let hasMissed = false;

  function hear(): Promise<void> {
    clearTimeout(pause);
    connecting ??= connect().then(
      () => {
        failures = 0;
        if (hasMissed) tellAll(listeners, [{ kind: "gap" }]);
        hasMissed = false;
      },
      (error: unknown) => {
        connecting = undefined;
        failures += 1;
        tryLater();
        throw error;
      },
    );
    return connecting;
  }

  async function connect(): Promise<void> {
    const deadline = startDeadline(CONNECT_LIMIT_MS);
    let connection: PostgresClient | PostgresPoolClient | undefined;
    try {
      connection = await deadline.before(getConnection(), letGo);
      connection.on("error", ignoreError);
      const heard = listenOn(connection);
      await deadline.before(connection.query(`LISTEN "${channel}"`));
      heard.begin();
    } catch (error) {
      if (connection !== undefined) letGo(connection);
      throw error;
    } finally {
      deadline.clear();
    }
  }

  /** Tells of what comes on a connection, until that is lost or left. */
  function listenOn(connection: PostgresClient | PostgresPoolClient) {
    let heartbeat: ReturnType<typeof setInterval> | undefined;
    let isOver = false;

    function end(): void {
      isOver = true;
      clearInterval(heartbeat);
      letGo(connection);
      connecting = undefined;
      leave = undefined;
    }

    function lose(): void {
      const hasBegun = leave === end;
      isOver = true;
      if (!hasBegun) return;
      end();
      hasMissed = true;
      tryLater();
    }

    connection.on("error", lose);
    connection.on("end", lose);
    connection.on("notification", ({ channel: from, payload = "" }) => {
      if (!isOver && from === channel) tellAll(listeners, [{ kind: "news", sessionId: payload }]);
    });
    return {
      begin(): void {
        if (isOver) throw new Error("The connection was lost.");
        if (listeners.size === 0) throw new Error("Nobody listens any more.");
        leave = end;
        heartbeat = setInterval(
          () => void isAlive(connection).then((alive) => alive || lose()),
          HEARTBEAT_MS,
        );
        heartbeat.unref();
      },
    };
  }

  function tryLater(): void {
    if (listeners.size === 0) return;
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
    // All servers lost their connection in the same moment.
    pause = setTimeout(() => void hear().catch(ignoreError), longest * (0.5 + Math.random() / 2));
    pause.unref();
  }

  function remove(listener: StoreListener): void {
    listeners.delete(listener);
    if (listeners.size === 0) stop();
  }

  function stop(): void {
    listeners.clear();
    clearTimeout(pause);
    leave?.();
    failures = 0;
    hasMissed = false;
  }

  return {
    stop,

    /** Calls back until the returned function is called. Rejects when nothing can be heard. */
    async add(listener: StoreListener): Promise<() => Promise<void>> {
      // One that is added twice hears twice, and stops twice.
      const own: StoreListener = (notice) => listener(notice);
      listeners.add(own);
      try {
        await hear();
      } catch (error) {
        remove(own);
        throw error;
      }
      return async () => remove(own);
    },
  };
}

async function isAlive(connection: PostgresConnection): Promise<boolean> {
  const deadline = startDeadline(HEARTBEAT_MS);
  try {
    await deadline.before(connection.query("SELECT 1"));
    return true;
  } catch {
    return false;
  } finally {
    deadline.clear();
  }
}

/** Closes a connection without waiting for the other end, which may be gone. */
function letGo(connection: PostgresClient | PostgresPoolClient): void {
  if ("release" in connection) connection.release(true);
  else void connection.end().catch(ignoreError);
}
