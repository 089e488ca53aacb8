/** Attack B: a script of the page has put members on `Object.prototype`. */

type Members = Readonly<Record<string, unknown>>;

function pollute(members: Members): void {
  for (const [name, value] of Object.entries(members))
    // oxlint-disable-next-line no-extend-native -- the attack itself
    Object.defineProperty(Object.prototype, name, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
}

function clean(members: Members): void {
  for (const name of Object.keys(members)) Reflect.deleteProperty(Object.prototype, name);
}

/** Runs `action` while `Object.prototype` has these members; synchronously, so that nothing else sees them. */
export function polluted<Result>(members: Members, action: () => Result): Result {
  pollute(members);
  try {
    return action();
  } finally {
    clean(members);
  }
}

/** The same for what takes its time: everything that runs meanwhile sees them too. */
export async function withPolluted(members: Members, action: () => Promise<void>): Promise<void> {
  pollute(members);
  try {
    await action();
  } finally {
    clean(members);
  }
}
