import { ServerConfigError } from "./config-error.js";
import { isLoopbackHost } from "./loopback.js";

/** Refuses an option that nobody reads: a typing error must not silently mean the default. */
export function refuseUnknownOptions(options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new ServerConfigError("missing_option", "options", "is missing", "pass an object");
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new ServerConfigError(
    "unknown_option",
    unknown,
    "is not an option",
    `the options are ${known.join(", ")}`,
  );
}

/** Reads a text that has to match a form; without a default it is required. */
export function readText<Options extends object>(
  options: Options,
  name: keyof Options & string,
  form: RegExp,
  fallback?: string,
): string {
  const value: unknown = options[name] ?? fallback;
  if (value === undefined) throw new ServerConfigError("missing_option", name, "is missing", "pass a string");
  if (typeof value === "string" && form.test(value)) return value;
  throw new ServerConfigError(
    "invalid_option",
    name,
    "has the wrong form",
    `pass a string that matches ${form.source}`,
  );
}

/** Reads a whole number of seconds within bounds, both inclusive. */
export function readSeconds<Options extends object>(
  options: Options,
  name: keyof Options & string,
  least: number,
  most: number,
  fallback: number,
): number {
  const value: unknown = options[name] ?? fallback;
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most)
    return value as number;
  throw new ServerConfigError(
    "invalid_option",
    name,
    "is out of bounds",
    `pass whole seconds from ${least} to ${most}, for example ${fallback}`,
  );
}

/** Reads a whole number from 1 up to a bound, inclusive. */
export function readCount<Options extends object>(
  options: Options,
  name: keyof Options & string,
  most: number,
  fallback: number,
): number {
  const value: unknown = options[name] ?? fallback;
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) return value as number;
  throw new ServerConfigError(
    "invalid_option",
    name,
    "is out of bounds",
    `pass a whole number from 1 to ${most}, for example ${fallback}`,
  );
}

/** Reads a flag that is off unless it is literally `true`: no string of an environment variable can switch it on. */
export function readFlag<Options extends object>(options: Options, name: keyof Options & string): boolean {
  const value: unknown = options[name] ?? false;
  if (typeof value === "boolean") return value;
  throw new ServerConfigError("invalid_option", name, "must be a boolean", "pass true or leave it out");
}

/** Reads an optional function. */
export function readFunction<Options extends object, Name extends keyof Options & string>(
  options: Options,
  name: Name,
): Options[Name] | undefined {
  const value = options[name];
  if (value === undefined || typeof value === "function") return value;
  throw new ServerConfigError("invalid_option", name, "must be a function", "pass one or leave it out");
}

/** Reads an optional array, its items unchecked. */
export function readArray<Options extends object>(
  options: Options,
  name: keyof Options & string,
): readonly unknown[] | undefined {
  const value: unknown = options[name];
  if (value === undefined || Array.isArray(value)) return value;
  throw new ServerConfigError("invalid_option", name, "must be an array", "pass one or leave it out");
}

/**
 * Reads an exact origin: scheme, host and port, nothing else. `*`, `null` and suffix patterns are not origins.
 */
export function readOrigin(
  value: unknown,
  option: string,
  rule: { readonly allowPlainLoopback: boolean },
): string {
  const url = typeof value === "string" ? parseUrl(value) : null;
  // `https://*.example` parses, and would match nothing at all.
  const exact = url !== null && url.origin === value && !url.hostname.includes("*");
  const secure = url?.protocol === "https:";
  const plain = rule.allowPlainLoopback && url?.protocol === "http:" && isLoopbackHost(url.hostname);
  if (exact && (secure || plain)) return url.origin;
  throw new ServerConfigError(
    "invalid_option",
    option,
    "must be an exact https origin",
    'pass one like "https://app.example.com", without a path (http only for loopback hosts in development)',
  );
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
