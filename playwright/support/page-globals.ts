/** What `page/prepare.js` and `page/app.js` leave on the window of a tab. */
import type * as LockstepModule from "@lockstep/core";

export type Session = ReturnType<typeof LockstepModule.createSession>;
export type Options = NonNullable<Parameters<typeof LockstepModule.createSession>[0]>;
export type Inspected = Parameters<Parameters<Session["inspect"]>[0]>[0];

/** What became of a promise, in a form that can leave the page. */
export interface Outcome<Value = unknown> {
  readonly ok: boolean;
  readonly value?: Value;
  readonly name?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly status?: number;
  readonly retryAfterMs?: number;
  readonly message?: string;
}

declare global {
  interface Window {
    session: Session;
    Lockstep: typeof LockstepModule;
    newSession(options?: Options): Session;
    /** What no address can carry: functions. */
    moreOptions?: object;
    outcome<Value>(promise: Promise<Value>): Promise<Outcome<Value>>;
    note(error: unknown): void;
    inspected: Inspected[];
    changes: ReturnType<Session["getSnapshot"]>[];
    rejections: string[];
    caught: string[];
    violations: string[];
    clockOffsetMs: number;
    startedAt: number;
    loaded?: boolean;
  }
}
