import type { Demand } from "../step-up.js";

/** One challenge of a `WWW-Authenticate` header. Names are in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const token = /[\w!#$%&'*+.^`|~-]+/y;
const space = /[ \t]*/y;
const token68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;

/** A cursor over the header: each `take` moves it past what it matched. */
function scan(text: string) {
  let at = 0;
  return {
    take(pattern: RegExp): RegExpExecArray | null {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (match !== null) at = pattern.lastIndex;
      return match;
    },
    skip(character: string): boolean {
      if (text[at] !== character) return false;
      at += 1;
      return true;
    },
    mark: () => at,
    back(mark: number) {
      at = mark;
    },
    atEnd: () => at >= text.length,
  };
}

/**
 * Parses `WWW-Authenticate` as the list of challenges it is: several schemes, quoted strings with escapes, names in any
 * case (RFC 9110 §11.6.1, R-034). A parameter that repeats makes its challenge invalid (RFC 6750 §3).
 *
 * @returns The challenges that could be read; what cannot be read ends the list.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const cursor = scan(header);
  const challenges: Challenge[] = [];
  const separate = (): void => {
    do cursor.take(space);
    while (cursor.skip(","));
  };

  for (separate(); !cursor.atEnd(); separate()) {
    const scheme = cursor.take(token)?.[0].toLowerCase();
    if (scheme === undefined) break;
    const parameters = new Map<string, string>();
    let valid = true;
    cursor.take(space);
    if (cursor.take(token68) === null) {
      for (;;) {
        const before = cursor.mark();
        separate();
        const name = cursor.take(token)?.[0].toLowerCase();
        cursor.take(space);
        if (name === undefined || !cursor.skip("=")) {
          cursor.back(before);
          break;
        }
        cursor.take(space);
        const value = cursor.take(quoted)?.[1]?.replaceAll(/\\(.)/g, "$1") ?? cursor.take(token)?.[0];
        if (value === undefined) return challenges;
        valid &&= !parameters.has(name);
        parameters.set(name, value);
      }
    }
    if (valid) challenges.push({ scheme, parameters });
  }
  return challenges;
}

/**
 * What a 401 asks for beyond a valid token; `null` if nothing.
 *
 * @see RFC 9470 §3: `acr_values` in the order of preference, `max_age` in seconds
 */
export function readDemand(header: string | null): Demand | null {
  const challenge = parseChallenges(header ?? "").find(
    ({ scheme, parameters }) =>
      scheme === "bearer" && parameters.get("error") === "insufficient_user_authentication",
  );
  if (challenge === undefined) return null;
  const maxAge = challenge.parameters.get("max_age");
  return {
    acrValues: challenge.parameters.get("acr_values")?.split(" ").filter(Boolean) ?? [],
    maxAge: maxAge !== undefined && /^\d{1,15}$/.test(maxAge) ? Number(maxAge) : null,
  };
}
