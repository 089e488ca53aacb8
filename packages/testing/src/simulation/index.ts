/** The world simulation: the laws of the session, tried by everything that can go wrong. */
export { generatePlan, type GenerateOptions } from "./generate.js";
export { LawBroken } from "./laws.js";
export type { Action, Engine, MessageFault, Plan, Step, Weather } from "./plan.js";
export { measureScale, type Counts, type ScaleRow } from "./scale.js";
export { shrinkPlan, type ShrinkOptions } from "./shrink.js";
export { runWorld, type Outcome } from "./run-world.js";
export type { Figures, RunOptions } from "./world.js";
