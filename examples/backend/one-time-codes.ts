/** Codes for a user's phone: six digits, good once, for two minutes and five tries. */
const lifetimeMs = 120_000;
const mostTries = 5;
const codeCount = 1_000_000;

export interface OneTimeCodes {
  /** A new code for that user; the one before is good no more. */
  issue(userId: string): string;
  /** Whether it is the user's code. */
  redeem(userId: string, code: unknown): boolean;
}

function randomCode(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return String(number % codeCount).padStart(6, "0");
}

export function createOneTimeCodes(now: () => number): OneTimeCodes {
  const issued = new Map<string, { readonly code: string; readonly expiresAt: number; tries: number }>();
  return {
    issue(userId) {
      const code = randomCode();
      issued.set(userId, { code, expiresAt: now() + lifetimeMs, tries: 0 });
      return code;
    },
    redeem(userId, code) {
      const wanted = issued.get(userId);
      if (wanted === undefined) return false;
      wanted.tries += 1;
      const isRight = wanted.code === code && now() < wanted.expiresAt;
      if (isRight || wanted.tries === mostTries) issued.delete(userId);
      return isRight;
    },
  };
}
