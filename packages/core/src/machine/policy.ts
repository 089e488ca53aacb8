/** The numbers and choices the machine decides by. Milliseconds throughout. */
export interface Policy {
  /** Send the access token to sibling tabs over the native BroadcastChannel. */
  readonly shareToken: boolean;
  /** Refresh ahead of expiry also while the tab is hidden. */
  readonly keepFresh: boolean;
  /** The longest head start of a scheduled refresh before expiry. Short lifetimes get a quarter of theirs. */
  readonly refreshAheadMs: number;
  /** The validity that a token must have left to be handed out. Short lifetimes need a tenth of theirs. */
  readonly minValidityMs: number;
  /** How long a tab waits for siblings to answer `ask` before it refreshes by itself. */
  readonly askLimitMs: number;
  /** The same, where one of them refreshed a moment ago: it runs, and has sent its token already. */
  readonly handOverLimitMs: number;
  /** One slice of waiting for the lock; after it the tab looks again whether the holder still has a reason. */
  readonly lockSliceMs: number;
  /** All slices together: after this the lock is stolen. Longer than a refresh may take. */
  readonly lockLimitMs: number;
  /** How long the claim of a tab that stole the lock must have stood before it sends. Less than {@link Policy.lockSliceMs}. */
  readonly afterStealMs: number;
  /** How long an answer is waited for. The request itself is never aborted (P: an aborted refresh loses the cookie). */
  readonly requestLimitMs: number;
  /**
   * How long a published claim protects a request whose tab died. Under 30 s: Chromium gives up a dead tab's keepalive
   * request after 30.6 s. Longer than {@link Policy.requestLimitMs}.
   */
  readonly claimMs: number;
  /** How often a tab that waits for somebody's claim looks at the register. */
  readonly claimPollMs: number;
  /** How long a message's word of a newer epoch is waited to show in the register, before the server is asked. */
  readonly rumourLimitMs: number;
  /** How long sign-out and sign-in let a request in flight land before they go ahead. */
  readonly landingLimitMs: number;
  /** How long the application's login call may take, and keeps refreshes away. */
  readonly signInLimitMs: number;
  /** How long before an idle time-out the user is warned; at most half of the limit. 0: not at all. */
  readonly idleWarningMs: number;
  /** How long before the session ends in any case the user is warned. 0: not at all. */
  readonly expiryWarningMs: number;
  /**
   * How long before an idle time-out the server is told, at the latest, of activity that it has not heard of; at most half of the
   * limit. Longer than the timer of a hidden tab may be late (P12).
   */
  readonly reportAheadMs: number;
  /** First back-off delay; doubles with each failure up to {@link Policy.backoffCapMs}. */
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
  /** The longest that is waited once the connection is back, so that not all browsers of a provider come at once. */
  readonly onlineSpreadMs: number;
  /** The least pause after an answer that says the configuration is wrong. */
  readonly refusedDelayMs: number;
  /** The most a `Retry-After` is believed. */
  readonly retryAfterCapMs: number;
}

/** The defaults, as documented on `SessionOptions`. */
export const defaultPolicy: Policy = {
  shareToken: true,
  keepFresh: false,
  refreshAheadMs: 60_000,
  minValidityMs: 5_000,
  askLimitMs: 400,
  handOverLimitMs: 2_000,
  lockSliceMs: 3_000,
  lockLimitMs: 35_000,
  afterStealMs: 1_000,
  requestLimitMs: 20_000,
  claimMs: 28_000,
  claimPollMs: 50,
  rumourLimitMs: 1_000,
  landingLimitMs: 5_000,
  signInLimitMs: 30_000,
  idleWarningMs: 60_000,
  expiryWarningMs: 300_000,
  reportAheadMs: 120_000,
  backoffBaseMs: 1_000,
  backoffCapMs: 60_000,
  onlineSpreadMs: 10_000,
  refusedDelayMs: 60_000,
  retryAfterCapMs: 24 * 60 * 60 * 1_000,
};
