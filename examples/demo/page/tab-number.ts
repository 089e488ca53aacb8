/** Small numbers for tabs: each holds a lock that names its number, and the browser drops it with the tab. */

const prefix = "lockstep-demo:tab:";

/** More tabs than anybody opens. */
const highest = 200;

export interface TabNumber {
  readonly number: number;
  /** Gives the number back: a page in the back/forward cache must hold no lock. */
  release(): void;
}

function claim(number: number): Promise<(() => void) | null> {
  return new Promise((resolve) => {
    void navigator.locks.request(`${prefix}${number}`, { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(null);
      const { promise, resolve: release } = Promise.withResolvers<void>();
      resolve(release);
      return promise;
    });
  });
}

/** Takes the lowest number that no other tab has. */
export async function claimTabNumber(): Promise<TabNumber> {
  for (let number = 1; number < highest; number += 1) {
    const release = await claim(number);
    if (release !== null) return { number, release };
  }
  return { number: highest, release: () => undefined };
}

/** The numbers of the tabs that are alive, crashed ones left out. */
export async function liveTabNumbers(): Promise<ReadonlySet<number>> {
  const { held = [] } = await navigator.locks.query();
  const names = held.map(({ name = "" }) => name).filter((name) => name.startsWith(prefix));
  return new Set(names.map((name) => Number(name.slice(prefix.length))));
}
