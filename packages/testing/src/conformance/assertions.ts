/** The few comparisons that the conformance suites need, without a test runner. Each throws an error that says what was seen. */

function show(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === "number" && !Number.isFinite(part) ? String(part) : part,
  ) as string | undefined;
  return text ?? String(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Compares by value, whichever realm the objects come from. */
function isEqual(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name]))
  );
}

function isPartOf(part: unknown, whole: unknown): boolean {
  if (!isObject(part) || !isObject(whole)) return isEqual(part, whole);
  return Object.entries(part).every(([name, value]) => isPartOf(value, whole[name]));
}

/** @param what is looked at, for the error */
export function hold(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

export function equal(actual: unknown, expected: unknown, what = "the value"): void {
  hold(isEqual(actual, expected), `${what} is ${show(actual)}, and should be ${show(expected)}`);
}

/** Whether everything in `part` is in `actual` too. */
export function includes(actual: unknown, part: unknown, what = "the value"): void {
  hold(isPartOf(part, actual), `${what} is ${show(actual)}, and should have ${show(part)}`);
}

export function between(actual: number | null, least: number, most: number, what = "the value"): void {
  const isBetween = actual !== null && actual >= least && actual <= most;
  hold(isBetween, `${what} is ${show(actual)}, and should be between ${show(least)} and ${show(most)}`);
}

export function throws(act: () => unknown, what: string): void {
  try {
    act();
  } catch {
    return;
  }
  throw new Error(`${what} was accepted, and should be refused`);
}
