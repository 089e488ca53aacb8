/** How a request fares in each weather. */
import type { Failure } from "@lockstep/core/internals";
import type { Random } from "../random.js";
import type { Plan, Weather } from "./plan.js";

export interface Journey {
  /** Until the server decides; `null`: it never hears of it. */
  readonly thereMs: number | null;
  /** Until the answer is back; `null`: the server never answers; `lost`: the answer breaks off. */
  readonly backMs: number | null | "lost";
  /** When the browser reports a broken connection, counted from the sending; `null`: never. */
  readonly breaksMs: number | null;
  /** An answer that somebody else gives instead. */
  readonly instead?: Failure;
  /** The request arrives a second time so much later, and only that answer comes back. */
  readonly againMs?: number;
}

const codeOf = {
  "rate-limited": { code: "rate-limited", status: 429 },
  unavailable: { code: "unavailable", status: 503 },
  portal: { code: "bad-answer", status: 200 },
  "forbidden-by-proxy": { code: "bad-answer", status: 403 },
} as const;

/** What hangs over the network. */
export interface Climate {
  readonly weather: Weather;
  readonly retryAfterMs: number | undefined;
}

/** The longest that anything is on its way while the weather is fair. */
export const fairLatencyMs = 120;

export function createJourneys(plan: Plan, random: Random): (climate: Climate) => Journey {
  const latency = (): number => (plan.jitter ? random.between(5, fairLatencyMs) : 50);

  return ({ weather, retryAfterMs }) => {
    const thereMs = latency();
    const backMs = latency();
    const plain: Journey = { thereMs, backMs, breaksMs: null };
    switch (weather) {
      case "fair":
        return plain;
      case "slow":
        return { thereMs: random.between(100, 20_000), backMs: random.between(100, 25_000), breaksMs: null };
      case "offline":
        return { thereMs: null, backMs: null, breaksMs: random.between(1, 60) };
      case "request-lost":
        return {
          thereMs: null,
          backMs: null,
          breaksMs: random.chance(0.3) ? null : random.between(10, 25_000),
        };
      case "answer-lost":
        return {
          thereMs,
          backMs: "lost",
          breaksMs: random.chance(0.3) ? null : thereMs + random.between(10, 25_000),
        };
      case "silent":
        return { thereMs, backMs: null, breaksMs: null };
      case "sent-twice":
        return { ...plain, againMs: random.between(1, 500) };
      case "rate-limited":
      case "unavailable":
      case "portal":
      case "forbidden-by-proxy":
        return {
          ...plain,
          instead: { ...codeOf[weather], ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
        };
    }
  };
}
