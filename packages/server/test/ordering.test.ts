import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { createMemoryStore, type SessionStore } from "../src/index.js";
import "./property-seed.js";
import { createWorld } from "./world.js";

/** A store whose every call is held back until the scheduler lets it go on, in whatever order. */
function scheduledStore(inner: SessionStore, scheduler: fc.Scheduler): SessionStore {
  const held = <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) => {
    return scheduler.scheduleFunction(call);
  };
  return {
    ...inner,
    read: held(inner.read),
    compareAndSet: held(inner.compareAndSet),
    revokeByUser: held(inner.revokeByUser),
  };
}

const act = fc.constantFrom(
  "refresh",
  "refresh",
  "refresh",
  "sign-out",
  "sign-out-all",
  "revoke-user",
  "revoke-session",
);

describe("refresh, sign-out and revocation in every order", () => {
  test("D11 R-093 L3: whatever the interleaving, after a sign-out or a revocation no token of the session is worth anything", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(act, { minLength: 2, maxLength: 6 }),
        async (scheduler, acts) => {
          const memory = createMemoryStore();
          const member = await createWorld({ store: memory }).member();
          const world = createWorld({ store: scheduledStore(memory, scheduler) });
          const sessionId = member.token().split(".")[0] ?? "";
          const sent = new Map(member.jar);
          const browser = world.browser();
          const tokens = new Set<string>([member.token()]);
          const running = acts.map(async (name) => {
            switch (name) {
              case "refresh": {
                const answer = await browser.refresh({ jar: sent, lost: true });
                if (answer.status === 200) tokens.add(/=([^;]+)/.exec(answer.cookies[0] ?? "")?.[1] ?? "");
                return;
              }
              case "sign-out":
                return void (await browser.signOut("this", sent));
              case "sign-out-all":
                return void (await browser.signOut("all", sent));
              case "revoke-user":
                return void (await world.server.revokeUser("ada"));
              case "revoke-session":
                return void (await world.server.revokeSession(sessionId));
            }
          });
          await scheduler.waitFor(Promise.all(running));
          expect(tokens.size).toBeLessThanOrEqual(2);
          const record = await memory.read(sessionId);
          if (acts.every((name) => name === "refresh")) {
            expect(record?.end).toBeNull();
            return;
          }
          expect(record?.end).not.toBeNull();
          const after = createWorld({ store: memory }).browser();
          for (const token of tokens) {
            const answer = await after.refresh({ jar: new Map([["__Host-lockstep", token]]) });
            expect(answer.status).toBe(401);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
