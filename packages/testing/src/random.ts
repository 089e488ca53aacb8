/** Chance that repeats: one seed decides everything, and each purpose has a stream of its own. */

export interface Random {
  /** 0 ≤ value < 1. */
  next(): number;
  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  /** Between the two, evenly. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
  /** A stream of its own, so that what one purpose draws does not shift what another one gets. */
  fork(purpose: string): Random;
}

/** FNV-1a, 32 bits. */
function hash(text: string, start: number): number {
  let word = (2_166_136_261 ^ start) >>> 0;
  for (let index = 0; index < text.length; index += 1)
    word = Math.imul(word ^ text.charCodeAt(index), 16_777_619) >>> 0;
  return word;
}

/** Mulberry32: one multiplication-free word of state is enough for a simulation, and it is quick. */
export function createRandom(seed: number): Random {
  let word = seed >>> 0;
  function next(): number {
    word = (word + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(word ^ (word >>> 15), word | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  return {
    next,
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick(values) {
      const value = values[Math.floor(next() * values.length)];
      if (value === undefined) throw new RangeError("There is nothing to pick from.");
      return value;
    },
    fork: (purpose) => createRandom(hash(purpose, seed)),
  };
}
