/** What all processes of the service have in common. In production each gets it from wherever you keep secrets. */
import { generateSigningKey, type SigningKey } from "@lockstep/server";

/** The environment variables, by their names. */
export interface Settings {
  readonly STORE: string;
  /** What browsers have in their address bar: behind a proxy no request tells it. */
  readonly PUBLIC_ORIGIN: string;
  /** A JSON array of private keys. The first signs; a token is good at each process that has its key. */
  readonly SIGNING_KEYS: string;
  /** With one salt, a session has one name in the logs of all processes. */
  readonly EVENT_SALT: string;
}

/** Secrets to try it with; those that are set stay. A service that makes its own with every start has all access tokens refused. */
export async function makeSecrets(): Promise<Pick<Settings, "SIGNING_KEYS" | "EVENT_SALT">> {
  const { SIGNING_KEYS, EVENT_SALT } = process.env;
  return {
    SIGNING_KEYS: SIGNING_KEYS ?? JSON.stringify([await generateSigningKey()]),
    EVENT_SALT: EVENT_SALT ?? crypto.randomUUID(),
  };
}

/** @throws Error naming the variable that is not set. */
export function readSetting(
  name: keyof Settings | "PORT" | "SQLITE_PATH" | "DATABASE_URL" | "REDIS_URL",
): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

export function readSigningKeys(): readonly SigningKey[] {
  // What is wrong with a key, `createSessionServer` says.
  return JSON.parse(readSetting("SIGNING_KEYS")) as readonly SigningKey[];
}
