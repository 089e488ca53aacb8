/** The script-tag build: `window.Lockstep`. */
export { createSession } from "./create-session.js";
export { SessionError, isSessionError } from "./errors.js";
