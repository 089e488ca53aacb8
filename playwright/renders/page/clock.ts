/**
 * The page's clock, which a test can move on: to wait five minutes takes no time.
 *
 * Short timers run as they would; those that a jump has passed fire when the test asks for what is due. Long ones, such as
 * polls, fire when the test says that it is this tab's turn, however long it takes itself: in what order the tabs' own times
 * come is chance in life, and must not be here.
 *
 * Imported before anything that reads the time.
 */

/** From here on a timer is a long one. */
const longMs = 10_000;

interface Timer {
  readonly run: () => void;
  readonly everyMs: number | null;
  readonly isLong: boolean;
  due: number;
  /** Of a short one. */
  handle: ReturnType<typeof setTimeout> | undefined;
}

const realNow = Date.now.bind(Date);
const realElapsed = performance.now.bind(performance);
const realTimeout = setTimeout.bind(globalThis);
const realClear = clearTimeout.bind(globalThis);

let offsetMs = Number(new URLSearchParams(location.search).get("clock"));
let lastId = 0;
const timers = new Map<number, Timer>();

const elapsed = (): number => realElapsed() + offsetMs;

function arm(id: number, timer: Timer): void {
  if (!timer.isLong) timer.handle = realTimeout(() => fire(id), timer.due - elapsed());
}

function fire(id: number): void {
  const timer = timers.get(id);
  if (timer === undefined) return;
  realClear(timer.handle);
  if (timer.everyMs === null) timers.delete(id);
  else {
    while (timer.due <= elapsed()) timer.due += Math.max(timer.everyMs, 1);
    arm(id, timer);
  }
  timer.run();
}

function add(run: () => void, afterMs: number, everyMs: number | null): number {
  lastId += 1;
  const id = lastId;
  const timer = { run, everyMs, isLong: afterMs >= longMs, due: elapsed() + afterMs, handle: undefined };
  timers.set(id, timer);
  arm(id, timer);
  return id;
}

function clear(id?: number): void {
  const timer = timers.get(id ?? 0);
  if (timer === undefined) return;
  realClear(timer.handle);
  timers.delete(id ?? 0);
}

type Callback = (...args: unknown[]) => void;

Date.now = () => realNow() + offsetMs;
performance.now = elapsed;
Object.assign(globalThis, {
  setTimeout: (run: Callback, ms = 0, ...args: unknown[]) => add(() => run(...args), ms, null),
  setInterval: (run: Callback, ms: number, ...args: unknown[]) => add(() => run(...args), ms, ms),
  clearTimeout: clear,
  clearInterval: clear,
});

/** Moves the clock on. Nothing that is due by then has happened yet. */
export function jump(byMs: number): void {
  offsetMs += byMs;
}

/** Fires what is due, the oldest first: the short timers, and in this tab's turn the long ones too. */
export function fireDue(isItsTurn: boolean): void {
  const due = [...timers].filter(([, timer]) => timer.due <= elapsed() && (isItsTurn || !timer.isLong));
  for (const [id] of due.sort(([, a], [, b]) => a.due - b.due)) fire(id);
}
