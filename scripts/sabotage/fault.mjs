/**
 * What a fault is, and how one is planted: in memory, in the one module that it names.
 *
 * Promises: no file is ever changed. A fault whose text does not stand in its file exactly once is never planted
 * half: it throws.
 */

/**
 * @typedef {object} Witness
 * @property {string} file a test file, relative to the root
 * @property {string} title part of the full titles of the tests; empty for every test of the file
 */

/**
 * @typedef {object} Fault
 * @property {string} name what is wrong then, in the present tense
 * @property {string} file the source, relative to the root
 * @property {string} find stands there exactly once
 * @property {string} replace
 * @property {Witness} seenBy the tests of which one at least must go red
 * @property {true} [simulation] the simulation must see it by itself as well
 */

/** @typedef {Fault & { law: string }} FaultOfLaw */

/**
 * @param {string} source
 * @param {Pick<Fault, "find" | "replace">} fault
 * @returns {string} the source with the fault in it
 */
export function plant(source, { find, replace }) {
  const count = source.split(find).length - 1;
  if (count !== 1) {
    throw new Error(`misplaced: its text stands ${count} times in the file; put it where the code has gone`);
  }
  return source.replace(find, () => replace);
}
