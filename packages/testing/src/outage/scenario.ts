/** The outages that are played through. */
import type { Failure } from "@lockstep/core/internals";
import { outageEndsAt } from "./course.js";
import type { Answer } from "./server.js";

export interface Scenario {
  readonly name: string;
  /** For the reader of the report. */
  readonly title: string;
  /** What a request gets while the outage lasts. */
  readonly outage: (at: number) => Answer;
  /** Every browser is told in the same moment that it is online again, as the outage ends. */
  readonly backOnline: boolean;
  /** What a request gets that the server has no room for, once it is back; `null`: it has room for all. */
  readonly whenFull: Failure | null;
}

const askedMs = 60_000;
const unreachable: Failure = { code: "network" };
const down: Failure = { code: "unavailable", status: 503 };
const downForAMinute: Failure = { ...down, retryAfterMs: askedMs };

const scenario = (
  name: string,
  title: string,
  outage: Scenario["outage"],
  rest: Partial<Pick<Scenario, "backOnline" | "whenFull">> = {},
): Scenario => ({ name, title, outage, backOnline: false, whenFull: null, ...rest });

/** The server has room for all who come back: no browser feels another. */
export const roomForAll: readonly Scenario[] = [
  scenario("refused", "The connection is refused, or the answer is a bare 503", () => unreachable),
  scenario("silent", "Requests are swallowed: no answer ever comes", () => "silence"),
  scenario("retry-after", "503 with `Retry-After: 60`", () => downForAMinute),
  scenario("retry-after-date", "503 with a `Retry-After` that names the end of the outage", (at) => ({
    ...down,
    retryAfterMs: outageEndsAt - at,
  })),
  scenario(
    "online",
    "The network was gone, and every browser is told at once that it is back (`online`)",
    () => unreachable,
    { backOnline: true },
  ),
];

/** The server can do only so much, and refuses the rest: who comes decides what the others get. */
export const roomForSome: readonly Scenario[] = [
  scenario(
    "full",
    "Everybody is told at once (`online`); who is too many gets a bare 503",
    () => unreachable,
    {
      backOnline: true,
      whenFull: down,
    },
  ),
  scenario(
    "full-retry-after",
    "Everybody is told at once (`online`); who is too many gets 503 with `Retry-After: 60`",
    () => unreachable,
    { backOnline: true, whenFull: downForAMinute },
  ),
];
