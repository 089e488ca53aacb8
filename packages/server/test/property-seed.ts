import fc from "fast-check";

/** One seed for all properties of a run: printed, and set again through LOCKSTEP_SEED to repeat the run. */
export const seed = Number(process.env["LOCKSTEP_SEED"] ?? Math.floor(Math.random() * 0x7fffffff));

fc.configureGlobal({ seed });
console.info(`Property tests run with LOCKSTEP_SEED=${seed}`);
