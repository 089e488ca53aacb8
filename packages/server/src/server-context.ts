import type { AccessTokens } from "./access-token.js";
import type { ServerConfig } from "./config.js";
import type { JsonValue } from "./json.js";
import type { EventHub } from "./push/event-hub.js";
import type { RefreshGate } from "./refresh-limits.js";
import type { EventReporter } from "./security-events.js";
import type { SessionRecord, Visitor } from "./session-record.js";
import type { Proof } from "./starting.js";
import type { SessionStore } from "./stores/session-store.js";

/** What every operation of one server works with. */
export interface ServerContext {
  readonly config: ServerConfig;
  /** Guarded: its failures are 503s. */
  readonly store: SessionStore;
  readonly accessTokens: AccessTokens;
  readonly report: EventReporter;
  /** The `user` of an answer, loaded or remembered. Guarded too. */
  readonly loadUser: (record: SessionRecord) => Promise<JsonValue>;
  readonly gate: RefreshGate;
  readonly hub: EventHub;
  readonly visitorOf: (request: Request) => Visitor;
  /** Where an address is. Guarded too. */
  readonly locate: ((address: string) => Promise<string | null>) | undefined;
  /** The application's check of what a user sends to prove again who they are. Guarded too. */
  readonly stepUp: ((request: Request, record: SessionRecord) => Promise<Proof | null>) | undefined;
}
