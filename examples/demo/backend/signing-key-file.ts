/** The signing key, kept beside the database: a restart that made a new one would refuse every token that is out. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { generateSigningKey, type SigningKey } from "@lockstep/server";

const ownerOnly = 0o600;

/** Reads the key of the file, or makes one and writes it there for its owner only. */
export async function readOrMakeSigningKey(path: string): Promise<SigningKey> {
  if (existsSync(path)) return JSON.parse(await readFile(path, "utf8")) as SigningKey;
  const key = await generateSigningKey();
  await writeFile(path, JSON.stringify(key), { mode: ownerOnly, flag: "wx" });
  return key;
}
