/** Returns so many cryptographically strong random bytes. */
export type RandomSource = (byteCount: number) => Uint8Array<ArrayBuffer>;

/** The platform's own generator. */
export const platformRandom: RandomSource = (byteCount) => crypto.getRandomValues(new Uint8Array(byteCount));
