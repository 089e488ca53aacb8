/** The script-tag build: `window.Lockstep`. */
export { createSession, SessionError, isSessionError } from "./index.js";
