/**
 * What a browser does to renew its session: the request that it sends, and the cookies that it keeps of the answer.
 *
 * A contestant that answers without renewing would win: an answer without the renewed cookie is an Error. A 503 is none: that is what
 * a server says that has too much to do.
 */
import { randomUUID } from "node:crypto";

/** Where the pages are, to all servers. */
export const ORIGIN = "https://app.example";

/**
 * @typedef {object} Browser
 * @property {() => { method: string, path: string, headers: Record<string, string>, body?: string }} request
 * @property {(status: number, setCookies: readonly string[], body: string) => boolean} take whether the session was renewed
 */

/**
 * A tab of Lockstep's client.
 *
 * @param {string} cookies as a `Cookie` header has them
 * @returns {Browser}
 */
export function lockstepBrowser(cookies) {
  const jar = jarOf(cookies);
  // The same until it is answered: who was told 503 may have been served.
  let attempt = randomUUID();
  return {
    request: () => ({
      method: "POST",
      path: "/session/refresh",
      headers: {
        origin: ORIGIN,
        "sec-fetch-site": "same-origin",
        "lockstep-protocol": "1",
        "content-type": "application/json",
        cookie: headerOf(jar),
      },
      body: JSON.stringify({ attempt, activity_age: 0 }),
    }),
    take(status, setCookies) {
      if (status === 503) return false;
      const before = jar.get("__Host-lockstep");
      keep(jar, setCookies);
      attempt = randomUUID();
      if (status === 200 && jar.get("__Host-lockstep") !== before) return true;
      throw new Error(`Lockstep answered ${status} without rotating the token.`);
    },
  };
}

/**
 * A page with better-auth, that asks for its session and has it prolonged.
 *
 * @param {string} cookies
 * @returns {Browser}
 */
export function betterAuthBrowser(cookies) {
  const jar = jarOf(cookies);
  return {
    request: () => ({
      method: "GET",
      path: "/api/auth/get-session",
      headers: { origin: ORIGIN, "sec-fetch-site": "same-origin", cookie: headerOf(jar) },
    }),
    take(status, setCookies, body) {
      if (status === 503) return false;
      keep(jar, setCookies);
      const isRenewed = setCookies.some((cookie) => cookie.includes("session_token="));
      if (status === 200 && isRenewed && body !== "null") return true;
      throw new Error(`better-auth answered ${status} without prolonging the session.`);
    },
  };
}

/** By contestant, so that a process that only sends can make its own. */
export const browsers = { lockstep: lockstepBrowser, "better-auth": betterAuthBrowser };

/** The `Cookie` header after a sign-in. */
export function cookiesOf(setCookies) {
  const jar = new Map();
  keep(jar, setCookies);
  return headerOf(jar);
}

function jarOf(cookies) {
  return new Map(
    cookies.split("; ").map((cookie) => {
      const cut = cookie.indexOf("=");
      return [cookie.slice(0, cut), cookie.slice(cut + 1)];
    }),
  );
}

function headerOf(jar) {
  return [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
}

function keep(jar, setCookies) {
  for (const cookie of setCookies) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (name === undefined) continue;
    if (/;\s*max-age=0\b/i.test(cookie)) jar.delete(name);
    else jar.set(name, value);
  }
}
