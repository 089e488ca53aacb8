/** How properties run: how many cases, and from which seed. */
import fc from "fast-check";

/** Cases of each fuzz. */
export const fuzzRuns = 10_000;

/** One seed for all properties of a run: printed, and given again through LOCKSTEP_SEED to repeat the run. */
export const seed = Number(process.env["LOCKSTEP_SEED"] ?? Math.floor(Math.random() * 0x7fffffff));

fc.configureGlobal({ seed, numRuns: fuzzRuns });
console.info(`Properties run with LOCKSTEP_SEED=${seed}`);

/** Anything that JSON can say. */
export const anyJson = fc.jsonValue();

/** Anything at all that a structured clone can carry. */
export const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
});

/** Changes one member of `value`: leaves it out, replaces it, or adds one that nobody knows. */
export function mutated<Value extends object>(
  value: fc.Arbitrary<Value>,
): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .tuple(value, fc.nat(), fc.oneof(anything, fc.constant("leave-out")), fc.boolean())
    .map(([whole, index, replacement, adds]) => {
      const copy = { ...whole } as Record<string, unknown>;
      const names = Object.keys(copy);
      const name = adds ? "unknown-member" : (names[index % names.length] ?? "unknown-member");
      if (replacement === "leave-out") Reflect.deleteProperty(copy, name);
      else copy[name] = replacement;
      return copy;
    });
}
