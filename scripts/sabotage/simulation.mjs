/** The simulation as a witness. */

/** @type {import("./fault.mjs").Witness} whole worlds with fixed seeds, every law watched after every event */
export const simulation = {
  file: "packages/testing/test/simulation/worlds.test.ts",
  title: "L1–L13 in a fixed list of worlds",
};
