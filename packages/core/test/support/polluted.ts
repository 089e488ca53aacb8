/** Attack B: a script of the page has put members on `Object.prototype`. */

/** Runs `action` while `Object.prototype` has these members; synchronously, so that nothing else sees them. */
export function polluted<Result>(members: Readonly<Record<string, unknown>>, action: () => Result): Result {
  for (const [name, value] of Object.entries(members))
    // oxlint-disable-next-line no-extend-native -- the attack itself
    Object.defineProperty(Object.prototype, name, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  try {
    return action();
  } finally {
    for (const name of Object.keys(members)) Reflect.deleteProperty(Object.prototype, name);
  }
}
