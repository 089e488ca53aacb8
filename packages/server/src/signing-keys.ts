import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
  type JWK,
} from "jose";

import { ServerConfigError } from "./config-error.js";

/** The signature algorithms that access tokens may use: asymmetric ones only. */
export type SigningAlgorithm = "ES256" | "EdDSA";

/** A private key as a JSON Web Key. Keep it where you keep passwords. */
export interface SigningKey {
  /** Names the key in tokens and in the published key set; unique among the keys. */
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly kty: "EC" | "OKP";
  readonly crv: "P-256" | "Ed25519";
  readonly x: string;
  /** Elliptic curve keys only. */
  readonly y?: string;
  /** The private part. */
  readonly d: string;
}

/** The public part of a signing key, as `/jwks.json` publishes it. */
export interface PublicSigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly use: "sig";
  readonly kty: "EC" | "OKP";
  readonly crv: "P-256" | "Ed25519";
  readonly x: string;
  readonly y?: string;
}

/** A JSON Web Key Set. */
export interface PublicKeySet {
  readonly keys: readonly PublicSigningKey[];
}

/** A signing key in the form that the platform signs and verifies with. */
export interface ImportedKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

/**
 * Makes a new private signing key. Its `kid` is its thumbprint.
 *
 * @param alg default `"ES256"`, which every runtime has
 * @see RFC 7638 (JWK thumbprint)
 * @example
 * ```ts
 * import { generateSigningKey } from "@lockstep/server";
 *
 * console.log(JSON.stringify(await generateSigningKey()));
 * ```
 */
export async function generateSigningKey(alg: SigningAlgorithm = "ES256"): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const { crv, x, y, d } = (await exportJWK(privateKey)) as SigningKey;
  const curve =
    alg === "ES256"
      ? { kty: "EC" as const, crv, x, ...(y === undefined ? {} : { y }) }
      : { kty: "OKP" as const, crv, x };
  return { kid: await calculateJwkThumbprint(curve), alg, ...curve, d };
}

/** Returns the public part of a key. Members are named one by one, so that no private one can slip through. */
export function toPublicKey({ kid, alg, kty, crv, x, y }: SigningKey): PublicSigningKey {
  return { kid, alg, use: "sig", kty, crv, x, ...(y === undefined ? {} : { y }) };
}

/**
 * Hands the keys to the platform.
 *
 * @throws ServerConfigError `unusable_key`
 */
export function importSigningKeys(keys: readonly SigningKey[]): Promise<readonly ImportedKey[]> {
  return Promise.all(
    keys.map(async (key, index) => {
      try {
        const { kid, alg, kty, crv, x, y, d } = key;
        const privateJwk = { kty, crv, x, d, ...(y === undefined ? {} : { y }) } as JWK;
        const publicJwk = { kty, crv, x, ...(y === undefined ? {} : { y }) } as JWK;
        const privateKey = (await importJWK(privateJwk, alg, { extractable: false })) as CryptoKey;
        return { kid, alg, privateKey, publicKey: (await importJWK(publicJwk, alg)) as CryptoKey };
      } catch {
        // What the platform says may quote the key.
        throw new ServerConfigError(
          "unusable_key",
          `signingKeys[${index}]`,
          "is refused by the platform",
          "make one with generateSigningKey()",
        );
      }
    }),
  );
}
