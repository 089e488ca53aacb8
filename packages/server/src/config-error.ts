/** Stable codes of {@link ServerConfigError}. */
export type ServerConfigErrorCode =
  /** A required option is absent. */
  | "missing_option"
  /** An option has a value that cannot be used. */
  | "invalid_option"
  /** An option is not known: most often a typing error that would have silently meant the default. */
  | "unknown_option"
  /** Two options that are fine by themselves contradict each other. */
  | "conflicting_options"
  /** Development mode was asked for in production. */
  | "development_in_production"
  /** A signing key has the right shape, but the platform refuses it. */
  | "unusable_key"
  /** An argument of `start`, `revokeUser` or `revokeSession` cannot be used. */
  | "invalid_argument"
  /** The database's tables are of a newer version, or of an older one that was not migrated. */
  | "unsupported_schema";

/**
 * The server was set up or called in a way that cannot work. A mistake of the program, never of a client.
 *
 * `message` names the option and the remedy, and never repeats a value: options hold private keys.
 */
export class ServerConfigError extends Error {
  override readonly name = "ServerConfigError";
  readonly code: ServerConfigErrorCode;
  /** The option or argument at fault, for example `signingKeys[0].alg`. */
  readonly option: string;

  constructor(code: ServerConfigErrorCode, option: string, fault: string, remedy: string) {
    super(`@lockstep/server: \`${option}\` ${fault}; ${remedy}.`);
    this.code = code;
    this.option = option;
  }
}
