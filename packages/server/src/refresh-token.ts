import { base64url } from "jose";

import { sameSecret } from "./constant-time.js";
import { hmacSha256, sha256 } from "./digest.js";
import type { RandomSource } from "./entropy.js";

const SECRET_BYTES = 32;
const TAG_BYTES = 16;

/** Session id (128 bits) . generation (from 1) . secret (256 bits) . tag (128 bits); numbers in decimal, bytes base64url. */
const FORMAT = /^([A-Za-z0-9_-]{22})\.([1-9][0-9]{0,9})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})$/;

/** A refresh token taken apart. Only `text` and `secret` are secrets. */
export interface RefreshToken {
  readonly text: string;
  readonly sessionId: string;
  readonly generation: number;
  readonly secret: string;
  readonly tag: string;
}

/** Reads a refresh token; `null` when the text has not the form of one. Proves nothing about where it came from. */
export function parseRefreshToken(text: string): RefreshToken | null {
  const parts = FORMAT.exec(text);
  if (parts === null) return null;
  const [, sessionId = "", generation = "", secret = "", tag = ""] = parts;
  return { text, sessionId, generation: Number(generation), secret, tag };
}

/**
 * Makes a fresh refresh token of a family.
 *
 * @param familyKey 256 bits, base64url
 * @see RFC 9700 section 4.14.2; R-090 asks for 128 random bits at least, these are 256
 */
export async function mintRefreshToken(
  familyKey: string,
  sessionId: string,
  generation: number,
  random: RandomSource,
): Promise<RefreshToken> {
  const secret = base64url.encode(random(SECRET_BYTES));
  const tag = await tagOf(familyKey, sessionId, generation, secret);
  return { text: `${sessionId}.${generation}.${secret}.${tag}`, sessionId, generation, secret, tag };
}

/**
 * Tells whether a family issued a token, at whatever generation.
 *
 * Hashes are kept of two generations only; the tag is what tells a genuine older token, which is evidence of theft, from
 * something that a stranger made up around a public session id, which is evidence of nothing.
 */
export async function isGenuine(token: RefreshToken, familyKey: string): Promise<boolean> {
  return sameSecret(token.tag, await tagOf(familyKey, token.sessionId, token.generation, token.secret));
}

/** Returns the only form in which a refresh token is stored: SHA-256, base64url. */
export function hashRefreshToken(token: RefreshToken): Promise<string> {
  // A plain hash is enough: the input has 256 random bits, so there is nothing to guess and nothing to stretch.
  return sha256(token.text);
}

async function tagOf(
  familyKey: string,
  sessionId: string,
  generation: number,
  secret: string,
): Promise<string> {
  const key = new Uint8Array(base64url.decode(familyKey));
  const tag = await hmacSha256(key, `lockstep refresh token v1|${sessionId}|${generation}|${secret}`);
  return base64url.encode(tag.subarray(0, TAG_BYTES));
}
