/** Web Locks in memory: queueing, abort, `ifAvailable` and steal as the specification has them (Web Locks §3.2, §4). */

interface Request {
  readonly name: string;
  readonly mode: LockMode;
  readonly callback: LockGrantedCallback<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly clientId: string;
}

/** A manager whose requests all come from one page. */
export interface FakeLockManager extends LockManager {
  /** What was asked for, as the platform reads it: inherited members included (attack B2). */
  readonly asked: { readonly name: string; readonly options: LockOptions }[];
}

export function createFakeLockManager(): FakeLockManager {
  const pending: Request[] = [];
  let held: Request[] = [];
  const asked: FakeLockManager["asked"] = [];

  function isGrantable(request: Request): boolean {
    const earlier = pending.slice(0, pending.indexOf(request)).some(({ name }) => name === request.name);
    const holders = held.filter(({ name }) => name === request.name);
    return (
      !earlier &&
      (request.mode === "shared" ? holders.every(({ mode }) => mode === "shared") : holders.length === 0)
    );
  }

  function grant(request: Request): void {
    held.push(request);
    void (async () => {
      await Promise.resolve();
      try {
        request.resolve(await request.callback({ name: request.name, mode: request.mode }));
      } catch (error) {
        request.reject(error);
      }
      held = held.filter((other) => other !== request);
      process();
    })();
  }

  function process(): void {
    for (const request of [...pending])
      if (isGrantable(request)) {
        pending.splice(pending.indexOf(request), 1);
        grant(request);
      }
  }

  async function request(name: string, ...rest: unknown[]): Promise<unknown> {
    const callback = rest.at(-1) as LockGrantedCallback<unknown>;
    const {
      mode = "exclusive",
      ifAvailable = false,
      steal = false,
      signal,
    } = (rest.length > 1 ? rest[0] : {}) as LockOptions;
    asked.push({ name, options: { mode, ifAvailable, steal, ...(signal === undefined ? {} : { signal }) } });
    if (name.startsWith("-") || (signal !== undefined && (steal || ifAvailable)))
      throw new DOMException("These do not go together.", "NotSupportedError");
    if (signal?.aborted === true) throw signal.reason;
    return new Promise((resolve, reject) => {
      const own: Request = { name, mode, callback, resolve, reject, clientId: "page" };
      if (steal) {
        for (const robbed of held.filter((other) => other.name === name))
          robbed.reject(new DOMException("The lock was stolen.", "AbortError"));
        held = held.filter((other) => other.name !== name);
        grant(own);
        return;
      }
      pending.push(own);
      if (ifAvailable && !isGrantable(own)) {
        pending.splice(pending.indexOf(own), 1);
        resolve(callback(null));
        return;
      }
      signal?.addEventListener("abort", () => {
        const index = pending.indexOf(own);
        if (index < 0) return;
        pending.splice(index, 1);
        reject(signal.reason as Error);
        process();
      });
      process();
    });
  }

  const info = ({ name, mode, clientId }: Request): LockInfo => ({ name, mode, clientId });
  return {
    asked,
    request,
    query: async () => ({ held: held.map(info), pending: pending.map(info) }),
  };
}
