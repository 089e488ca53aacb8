/** A great many browsers that come back after an outage: `npm run outage`. */
export { rehearseAll, type Result, type Setting } from "./rehearsal.js";
export { reportOf } from "./report.js";
