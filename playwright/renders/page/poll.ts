/** How often the libraries that can poll do so here: as often as Lockstep replaces a token that lives five minutes. */
export const pollEverySeconds = 240;
