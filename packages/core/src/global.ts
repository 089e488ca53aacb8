/** The script-tag build: `window.Lockstep`. */
import { startFromTag } from "./script-tag.js";

export { createSession, SessionError, isSessionError } from "./index.js";

/** The session of a tag with `data-endpoint`; `null` for a tag without. */
export const session = startFromTag(typeof document === "undefined" ? null : document.currentScript);
