/**
 * The rules of rotation without the server around them, for `@lockstep/testing`: pure functions over plain records.
 *
 * Not covered by semantic versioning: any release may change what is here.
 */
export {
  decideRotation,
  rotateRecord,
  type Attempt,
  type PresentedToken,
  type RotationDecision,
  type RotationPolicy,
  type SuccessorEntry,
} from "./rotation.js";
export { closeRecord, endOf, toEndReason, type SessionRecord } from "./session-record.js";
