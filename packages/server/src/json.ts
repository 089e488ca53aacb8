/** A value that JSON can carry unchanged. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** An object that JSON can carry unchanged. */
export interface JsonObject {
  readonly [member: string]: JsonValue;
}

/** Tells whether `value` is an object and neither an array nor null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Returns a detached copy of a value, as JSON would carry it.
 *
 * A session record outlives the request that made it: an object that the application goes on changing, or one that only
 * some stores can save, must not get in.
 *
 * @throws TypeError when JSON cannot carry the value at all (a function, a cycle, a bigint).
 */
export function detachJson(value: JsonValue): JsonValue {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError("The value has no JSON form.");
  return JSON.parse(text) as JsonValue;
}
