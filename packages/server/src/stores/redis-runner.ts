import type { RedisClient, RedisScripting, RedisScriptInput } from "./redis-client.js";
import type { RedisScript } from "./redis-scripts.js";

/**
 * How long a command may take. What was not sent by then is taken back: a rotation that is written long after it was decided
 * would leave nothing of its grace.
 */
const ANSWER_LIMIT_MS = 3000;

/** Runs a script with its keys and arguments. */
export type RedisScriptRunner = (
  script: RedisScript,
  keys: readonly string[],
  values: ReadonlyArray<string | number>,
) => Promise<unknown>;

/**
 * Returns what runs scripts, each in bounded time.
 *
 * While an answer is overdue nothing more is sent. The client finds out that a connection is dead when it is silent, and whatever
 * is written, although it arrives nowhere, counts as a sign of life: a busy server would keep it for a quarter of an hour.
 */
export function createScriptRunner(client: RedisClient): RedisScriptRunner {
  let overdue = 0;

  return async (script, keys, values) => {
    if (overdue > 0) throw new Error("Redis does not answer.");
    const unsent = new AbortController();
    const input = { keys: [...keys], arguments: values.map(String) };
    const commands = client.withCommandOptions({ abortSignal: unsent.signal, typeMapping: {} });
    const answer = run(commands, script, input);
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        unsent.abort();
        overdue += 1;
        const settle = (): void => void (overdue -= 1);
        answer.then(settle, settle);
        reject(new Error("Redis does not answer."));
      }, ANSWER_LIMIT_MS);
      limit.unref();
      answer.then(resolve, reject).finally(() => clearTimeout(limit));
    });
  };
}

/** Calls a script by its hash; one that the server does not know, or no longer, is sent whole. */
async function run(
  commands: RedisScripting,
  { source, sha1 }: RedisScript,
  input: RedisScriptInput,
): Promise<unknown> {
  try {
    return await commands.evalSha(await sha1, input);
  } catch (cause) {
    // Nothing ran then. Any other failure may have come after the script.
    if (!(cause instanceof Error && cause.message.startsWith("NOSCRIPT"))) throw cause;
    return commands.eval(source, input);
  }
}
