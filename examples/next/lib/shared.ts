/** What lives as long as the server process. */

const key = Symbol.for("lockstep.example-next");
const registry = globalThis as typeof globalThis & { [key]?: Map<string, unknown> };

/**
 * Makes something once in this process. A variable of a module would not do: Next bundles pages and route handlers apart,
 * so that each has a copy of the module, and in development every edit makes a new one.
 */
export function once<Value>(name: string, make: () => Value): Value {
  const made = (registry[key] ??= new Map<string, unknown>());
  if (!made.has(name)) made.set(name, make());
  return made.get(name) as Value;
}
