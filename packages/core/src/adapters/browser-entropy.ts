import type { EntropyPort } from "../runtime/ports.js";

/** Chance from the platform's own generator; available in insecure contexts too, unlike `crypto.randomUUID`. */
export function createBrowserEntropy(): EntropyPort {
  const words = new Uint32Array(4);
  return {
    roll() {
      crypto.getRandomValues(words);
      return (words[0] ?? 0) / 2 ** 32;
    },
    tabId() {
      crypto.getRandomValues(words);
      return Array.from(words.subarray(0, 3), (word) => word.toString(36)).join("");
    },
  };
}
