/**
 * Options that inherit nothing: a polluted `Object.prototype` reaches `fetch(init)`, `locks.request(options)` and the like
 * through every member that an ordinary options object leaves out (R-006, attacks B1 and B2).
 */
export function bareOptions<Options extends object>(options: Options): Options {
  const bare = Object.create(null) as object;
  return Object.assign(bare, options);
}
