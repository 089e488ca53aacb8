/** What the session needs of the way to its server. */
import type { TransportPort } from "@lockstep/core/internals";
import { equal, includes } from "./assertions.js";
import { casesOf, type Closable, type ConformanceCase } from "./conformance-case.js";

/** What the server does to requests. `works`: a refresh gets a token of five minutes for the user `ada`. */
export type ServerMood = "works" | "ended" | "busy" | "unreachable";

export interface TransportUnderTest extends Closable {
  readonly transport: TransportPort;
  /** Lets answers arrive. */
  settle(): Promise<void>;
}

const known = { sessionId: "s1", user: { id: "ada" }, authTime: null, acr: null, expiresAt: null };

/** What comes of asking, answers let in. */
async function answered<Outcome>(
  { transport, settle }: TransportUnderTest,
  ask: (transport: TransportPort) => Promise<Outcome>,
): Promise<Outcome> {
  const [outcome] = await Promise.all([ask(transport), settle()]);
  return outcome;
}

const refresh = (transport: TransportPort) => transport.refresh("attempt-1", 1_500, null);
const signOut = (transport: TransportPort) => transport.signOut("this");

export function transportConformance(
  create: (mood: ServerMood) => TransportUnderTest,
): readonly ConformanceCase[] {
  return [
    ...casesOf("L4, what the server said", () => create("works"), {
      "a grant is a grant": async (subject) => {
        const fresh = { lifetimeMs: 300_000, identity: { subject: "ada" } };
        includes(await answered(subject, refresh), { kind: "granted", fresh }, "the outcome");
      },
      "a confirmed sign-out is confirmed": async (subject) => {
        equal(await answered(subject, signOut), { kind: "done" }, "the outcome");
      },
      "R-055: whose token it is can be told": ({ transport }) => {
        const identity = transport.identify("opaque", known);
        includes(identity, { sessionId: "s1", subject: "ada" }, "the identity");
      },
    }),
    ...casesOf("L4, what the server said", () => create("ended"), {
      "the definitive end is an end": async (subject) => {
        equal(await answered(subject, refresh), { kind: "ended", reason: "no-session" }, "the outcome");
      },
    }),
    ...casesOf("L4, what the server said", () => create("busy"), {
      "a busy server is no end": async (subject) => {
        const failed = { kind: "failed", failure: { code: "unavailable" } };
        includes(await answered(subject, refresh), failed, "the outcome of a refresh");
        includes(await answered(subject, signOut), failed, "the outcome of a sign-out");
      },
    }),
    ...casesOf("L4, what the server said", () => create("unreachable"), {
      "an unreachable server is no end": async (subject) => {
        const failed = { kind: "failed", failure: { code: "network" } };
        includes(await answered(subject, refresh), failed, "the outcome of a refresh");
        includes(await answered(subject, signOut), failed, "the outcome of a sign-out");
      },
    }),
  ];
}
