/** All faults, law by law. A fault is added to the file of the law that it breaks. */
import { challenges } from "./faults/challenges.mjs";
import { convergence } from "./faults/convergence.mjs";
import { leastExposure } from "./faults/least-exposure.mjs";
import { lifetimes } from "./faults/lifetimes.mjs";
import { listening } from "./faults/listening.mjs";
import { neverReplay } from "./faults/never-replay.mjs";
import { neverStale } from "./faults/never-stale.mjs";
import { noSpuriousSignOut } from "./faults/no-spurious-sign-out.mjs";
import { noTokenInSight } from "./faults/no-token-in-sight.mjs";
import { nothingHangs } from "./faults/nothing-hangs.mjs";
import { quiet } from "./faults/quiet.mjs";
import { signOutWins } from "./faults/sign-out-wins.mjs";
import { singleFlight } from "./faults/single-flight.mjs";
import { telling } from "./faults/telling.mjs";

const byLaw = {
  L1: singleFlight,
  L2: neverReplay,
  L3: signOutWins,
  L4: noSpuriousSignOut,
  L5: noTokenInSight,
  L6: neverStale,
  L7: nothingHangs,
  L8: leastExposure,
  L9: convergence,
  L10: quiet,
  L11: lifetimes,
  L12: challenges,
  L13: [...telling, ...listening],
};

export const laws = Object.keys(byLaw);

/** @type {readonly import("./fault.mjs").FaultOfLaw[]} */
export const faults = Object.entries(byLaw).flatMap(([law, ofLaw]) =>
  ofLaw.map((fault) => ({ ...fault, law })),
);
