/** What the session needs of the way to its server. */
import { describe, expect, it } from "vitest";
import type { TransportPort } from "../../src/runtime/ports.js";

/** What the server does to requests. */
export type ServerMood = "works" | "ended" | "busy" | "unreachable";

export interface TransportUnderTest {
  readonly transport: TransportPort;
  /** Lets answers arrive. */
  settle(): Promise<void>;
}

const known = { sessionId: "s1", user: { id: "ada" }, authTime: null, acr: null };

export function describeTransportConformance(
  name: string,
  create: (mood: ServerMood) => TransportUnderTest,
): void {
  async function answered<Outcome>(
    mood: ServerMood,
    ask: (transport: TransportPort) => Promise<Outcome>,
  ): Promise<Outcome> {
    const { transport, settle } = create(mood);
    const promise = ask(transport);
    await settle();
    return promise;
  }

  describe(`L4: ${name} resolves with what the server said, and never rejects`, () => {
    const refresh = (transport: TransportPort) => transport.refresh("attempt-1", 1_500);
    const signOut = (transport: TransportPort) => transport.signOut("this");

    it("a grant is a grant", async () => {
      const outcome = await answered("works", refresh);
      expect(outcome).toMatchObject({
        kind: "granted",
        fresh: { lifetimeMs: 300_000, identity: { subject: "ada" } },
      });
    });

    it("the definitive end is an end", async () => {
      expect(await answered("ended", refresh)).toEqual({ kind: "ended", reason: "no-session" });
    });

    it("a busy server is no end", async () => {
      expect(await answered("busy", refresh)).toMatchObject({
        kind: "failed",
        failure: { code: "unavailable" },
      });
      expect(await answered("busy", signOut)).toMatchObject({
        kind: "failed",
        failure: { code: "unavailable" },
      });
    });

    it("an unreachable server is no end", async () => {
      expect(await answered("unreachable", refresh)).toMatchObject({
        kind: "failed",
        failure: { code: "network" },
      });
      expect(await answered("unreachable", signOut)).toMatchObject({
        kind: "failed",
        failure: { code: "network" },
      });
    });

    it("a confirmed sign-out is confirmed", async () => {
      expect(await answered("works", signOut)).toEqual({ kind: "done" });
    });

    it("R-055: whose token it is can be told", () => {
      expect(create("works").transport.identify("opaque", known)).toMatchObject({
        sessionId: "s1",
        subject: "ada",
      });
    });
  });
}
