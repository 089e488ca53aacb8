/** One core's share of a campaign: runs the world of each seed it is sent, and answers what came of it. */
import { parentPort } from "node:worker_threads";
import { generatePlan, runWorld } from "../packages/testing/dist/simulation/index.js";

parentPort?.on("message", async (options) => {
  const { broken, figures } = await runWorld(generatePlan(options));
  parentPort?.postMessage({
    figures,
    broken: broken === null ? null : { law: broken.law, message: broken.message, at: broken.at },
  });
});
