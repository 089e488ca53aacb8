import { ServerConfigError } from "./config-error.js";
import { readArray } from "./option-readers.js";
import type { SessionServerOptions } from "./options.js";
import type { SigningKey } from "./signing-keys.js";

/**
 * Reads the signing keys as far as that is possible without the platform, which can only be asked asynchronously.
 *
 * @throws ServerConfigError `missing_option`, `invalid_option`; no message repeats a part of a key
 */
export function readSigningKeys(options: SessionServerOptions): readonly SigningKey[] {
  const keys = readArray(options, "signingKeys");
  const remedy = "make one with generateSigningKey()";
  if (keys === undefined || keys.length === 0) {
    throw new ServerConfigError("missing_option", "signingKeys", "has no key", remedy);
  }
  const names = new Set<string>();
  return keys.map((candidate, index) => {
    const option = `signingKeys[${index}]`;
    const key = (candidate ?? {}) as Partial<Record<keyof SigningKey, unknown>>;
    const curve = key.alg === "ES256" ? "EC P-256" : key.alg === "EdDSA" ? "OKP Ed25519" : undefined;
    if (curve === undefined) {
      throw new ServerConfigError("invalid_option", `${option}.alg`, "must be ES256 or EdDSA", remedy);
    }
    if (`${String(key.kty)} ${String(key.crv)}` !== curve) {
      throw new ServerConfigError("invalid_option", `${option}.crv`, `must be of type ${curve}`, remedy);
    }
    if (typeof key.kid !== "string" || key.kid === "" || names.has(key.kid)) {
      throw new ServerConfigError(
        "invalid_option",
        `${option}.kid`,
        "must be a name that no other key has",
        remedy,
      );
    }
    for (const part of key.alg === "ES256" ? (["x", "y", "d"] as const) : (["x", "d"] as const)) {
      if (typeof key[part] === "string" && /^[A-Za-z0-9_-]{43}$/.test(key[part])) continue;
      throw new ServerConfigError(
        "invalid_option",
        `${option}.${part}`,
        "must be 32 bytes of base64url",
        remedy,
      );
    }
    names.add(key.kid);
    return { ...key } as SigningKey;
  });
}
