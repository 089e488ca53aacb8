import { base64url } from "jose";

import type { RandomSource } from "./entropy.js";
import { parseRefreshToken, type RefreshToken } from "./refresh-token.js";

const NONCE_BYTES = 12;
const encoder = new TextEncoder();

/**
 * Seals the successor of a token so that only a holder of that token can read it again.
 *
 * Grace must return the *same* successor, or a late answer puts a dead sibling into the cookie jar, and yet no
 * token may be readable in the store.
 *
 * @see RFC 5869 (HKDF), NIST SP 800-38D (AES-GCM)
 */
export async function sealSuccessor(
  predecessor: RefreshToken,
  successor: RefreshToken,
  random: RandomSource,
): Promise<string> {
  // The key is used once per lost race too, each time for another successor: the nonce has to be random, not fixed.
  const nonce = random(NONCE_BYTES);
  const key = await sealingKey(predecessor, "encrypt");
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce },
    key,
    encoder.encode(successor.text),
  );
  return `${base64url.encode(nonce)}.${base64url.encode(new Uint8Array(sealed))}`;
}

/**
 * Opens what {@link sealSuccessor} sealed.
 *
 * @throws Error when the stored text was damaged or belongs to another predecessor
 */
export async function openSuccessor(predecessor: RefreshToken, sealed: string): Promise<RefreshToken> {
  const [nonce = "", ciphertext = ""] = sealed.split(".");
  const key = await sealingKey(predecessor, "decrypt");
  const iv = new Uint8Array(base64url.decode(nonce));
  const opened = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv },
    key,
    new Uint8Array(base64url.decode(ciphertext)),
  );
  const successor = parseRefreshToken(new TextDecoder().decode(opened));
  if (successor === null) throw new Error("The sealed successor is not a refresh token.");
  return successor;
}

async function sealingKey(predecessor: RefreshToken, usage: "encrypt" | "decrypt"): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey("raw", encoder.encode(predecessor.secret), "HKDF", false, [
    "deriveKey",
  ]);
  const derivation = {
    name: "HKDF",
    hash: "SHA-256",
    salt: encoder.encode(predecessor.sessionId),
    info: encoder.encode(`lockstep sealed successor v1|${predecessor.generation}`),
  };
  return crypto.subtle.deriveKey(derivation, secret, { name: "AES-GCM", length: 256 }, false, [usage]);
}
