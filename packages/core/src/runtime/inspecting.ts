/** Those who watch a session, and what they are told. */
import type { InspectionEvent } from "../machine/inspection.js";
import { createListeners } from "./listeners.js";
import type { ClockPort } from "./ports.js";

/** An inspection event with where and when it happened. */
export type Inspected = InspectionEvent & {
  /** The tab, by a random name. */
  readonly tab: string;
  /** Milliseconds on this tab's own clock. */
  readonly at: number;
};

export interface Inspectors {
  add(listener: (event: Inspected) => void): () => void;
  /** Of a turn: told once it is committed, so that an inspector who asks for the token is given that of now. */
  note(event: InspectionEvent): void;
  tell(): void;
  /** Of what happens between turns. */
  tellNow(event: InspectionEvent): void;
}

export function createInspectors(
  tab: string,
  clock: ClockPort,
  report: (error: unknown) => void,
): Inspectors {
  const listeners = createListeners<[Inspected]>(report);
  const noted: Inspected[] = [];

  function note(event: InspectionEvent): void {
    if (listeners.size > 0) noted.push(Object.freeze({ ...event, tab, at: clock.now() }));
  }

  function tell(): void {
    for (const event of noted.splice(0)) listeners.call(event);
  }

  return {
    add: listeners.add,
    note,
    tell,
    tellNow(event) {
      note(event);
      tell();
    },
  };
}
