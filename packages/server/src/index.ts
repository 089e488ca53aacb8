export type { AccessTokenContent } from "./access-token.js";
export type { Appearance } from "./appearance.js";
export type { AuthenticationDemand } from "./authentication-demand.js";
export { ServerConfigError, type ServerConfigErrorCode } from "./config-error.js";
export {
  createSessionServer,
  type CredentialsChange,
  type RevocationReason,
  type SessionServer,
  type Verification,
  type VerifyOptions,
} from "./create-session-server.js";
export type { RandomSource } from "./entropy.js";
export type { Device } from "./device.js";
export type { GrantBody } from "./grant.js";
export type { JsonObject, JsonValue } from "./json.js";
export type { SessionInfo } from "./listing.js";
export type { RefreshLimits } from "./refresh-limits.js";
export type { SameSite, SessionServerOptions, SessionsPerUser, SteppingUp } from "./options.js";
export type { PageRequest, PageSnapshot } from "./page-snapshot.js";
export { RequestProblem, type ProblemCode } from "./request-problem.js";
export type { SecurityEvent } from "./security-events.js";
export type {
  EndReason,
  LastUse,
  Predecessor,
  RecordedEnd,
  RecordedEndReason,
  SessionRecord,
  Visitor,
} from "./session-record.js";
export {
  generateSigningKey,
  type PublicKeySet,
  type PublicSigningKey,
  type SigningAlgorithm,
  type SigningKey,
} from "./signing-keys.js";
export type { Proof, SignIn } from "./starting.js";
export { createMemoryStore } from "./stores/memory.js";
export type { SessionStore, StoreListener, StoreNotice, UserRevocation } from "./stores/session-store.js";
export { UnreadableRecordError, type FoundRecord } from "./stores/unreadable-record.js";
