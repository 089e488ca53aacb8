/** One core's share of a campaign: runs the world of each seed it is sent, and answers what came of it. */
import { parentPort } from "node:worker_threads";
import { generatePlan, runWorld } from "../packages/testing/dist/simulation/index.js";

parentPort?.on("message", (options) => void answer(options));

/** @param {import("../packages/testing/dist/simulation/index.js").GenerateOptions} options */
async function answer(options) {
  const { broken, figures } = await runWorld(generatePlan(options));
  parentPort?.postMessage({
    figures,
    broken: broken === null ? null : { law: broken.law, message: broken.message, at: broken.at },
  });
}
