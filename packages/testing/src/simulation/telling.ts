/** The story of a world, line by line, for whoever has to find out what went wrong. */
import type { Observation } from "@lockstep/core/internals";
import type { AuthorityAnswer, AuthorityEvent } from "../backend/authority.js";
import type { Flight } from "./network.js";
import type { Step } from "./plan.js";
import type { WorldTime } from "./time.js";

export type Tell = (line: string) => void;

export interface Teller {
  step(step: Step): void;
  turn(tab: string, turn: Observation): void;
  sent(flight: Flight): void;
  decided(flight: Flight, answer: AuthorityAnswer): void;
  server(event: AuthorityEvent): void;
  stream(tab: string, what: string): void;
}

const dayMs = 86_400_000;

function clockOf(ms: number): string {
  return `${Math.floor(ms / dayMs)}d ${new Date(ms % dayMs).toISOString().slice(11, 23)}`;
}

function eventOf({ event }: Observation): string {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the others say it all by their name
  switch (event.type) {
    case "timer-fired":
      return `timer ${event.name}`;
    case "message-received":
      return `message ${event.message.kind} of ${event.message.from}`;
    case "refresh-answered":
    case "sign-out-answered":
    case "sign-in-answered":
      return `${event.type} ${event.outcome.kind}`;
    case "woke":
      return `woke (${event.cause})`;
    default:
      return event.type;
  }
}

function stateOf({ after }: Observation): string {
  const { record, grant, work, wanted } = after;
  const pending = record.status === "out" && record.pending !== null ? " pending" : "";
  return `${work.phase}, ${record.status}${pending} e${record.epoch} r${grant?.revision ?? "-"}${wanted === "nothing" ? "" : ` wants ${wanted}`}`;
}

export function createTeller(time: WorldTime, tell: Tell | undefined): Teller {
  const say = (who: string, what: string): void => tell?.(`${clockOf(time.now())}  ${who.padEnd(7)} ${what}`);
  if (tell === undefined) {
    const silent = (): void => undefined;
    return { step: silent, turn: silent, sent: silent, decided: silent, server: silent, stream: silent };
  }
  return {
    step: ({ at: _, ...action }) => say("──", JSON.stringify(action)),
    turn(tab, turn) {
      if (turn.event.type !== "checked") say(tab, `${eventOf(turn)} → ${stateOf(turn)}`);
    },
    sent: ({ sender, attempt, presented }) =>
      say(sender, `sends a refresh, attempt ${attempt}, with ${presented ?? "no cookie"}`),
    decided: ({ sender }, answer) =>
      say("server", `answers ${sender}: ${answer.kind === "ended" ? answer.reason : answer.kind}`),
    stream: say,
    server: ({ type, ...what }) => say("server", `${type} ${JSON.stringify(what)}`),
  };
}
