/** The course of events, in virtual milliseconds: the outage begins at 0. */

/** Ten minutes. */
export const outageEndsAt = 600_000;

/** Browsers come into being from here on. */
export const beginsAt = -900_000;

/** For so long: by the time the normal rate is measured each has been refreshing for a while. */
export const arrivalsLastMs = 300_000;

/** Normal operation is measured from here to the beginning of the outage. */
export const normalSince = -300_000;

/** Ten minutes after the end; two lives of a token. */
export const endsAt = 1_200_000;

/** How long an access token lives. */
export const lifetimeMs = 300_000;

/** How long the server, or the network's refusal, takes to answer. */
export const answerTakesMs = 100;
