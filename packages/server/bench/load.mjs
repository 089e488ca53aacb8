/** Lets browsers renew their sessions as fast as they can, and times each. */

/**
 * @param {ReadonlyArray<import("./browsers.mjs").Browser>} browsers each waits for its answer before it asks again
 * @param {(request: object) => Promise<{ status: number, setCookies: readonly string[], body: string }>} send
 * @param {number} lastingMs
 */
export async function renewFor(browsers, send, lastingMs) {
  const durations = [];
  let refused = 0;
  const begin = performance.now();
  const end = begin + lastingMs;
  await Promise.all(
    browsers.map(async (browser) => {
      while (performance.now() < end) {
        const sentAt = performance.now();
        if (await renewOnce(browser, send)) durations.push(performance.now() - sentAt);
        else refused += 1;
      }
    }),
  );
  const seconds = (performance.now() - begin) / 1000;
  durations.sort((left, right) => left - right);
  return {
    answers: durations.length + refused,
    refused,
    perSecond: durations.length / seconds,
    p50: atShare(durations, 0.5),
    p99: atShare(durations, 0.99),
  };
}

/** Resolves with whether the session was renewed; `false`: the server had too much to do. */
export async function renewOnce(browser, send) {
  const { status, setCookies, body } = await send(browser.request());
  return browser.take(status, setCookies, body);
}

/** Sends by calling the handler. */
export function sendTo(handler, origin) {
  return async ({ path, ...init }) => {
    const response = await handler(new Request(origin + path, init));
    return {
      status: response.status,
      setCookies: response.headers.getSetCookie(),
      body: await response.text(),
    };
  };
}

/** The value below which a share of sorted values lies. */
export function atShare(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
