/** What the compiler promises: these tests fail when the project is type-checked, not when they run. */
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import {
  createSession,
  isSessionError,
  SessionError,
  type EndReason,
  type FailureCode,
  type Session,
  type SessionSnapshot,
  type SignOutResult,
} from "../src/index.js";

const options = { claims: z.object({ sub: z.string(), role: z.enum(["admin", "user"]) }) };

describe("types", () => {
  it("status narrows a snapshot: a user only where somebody is signed in, a reason only where nobody is", () => {
    const read = (snapshot: SessionSnapshot<{ role: string }, { name: string }>): string => {
      switch (snapshot.status) {
        case "loading":
          expectTypeOf(snapshot.problem).toEqualTypeOf<FailureCode | null>();
          // @ts-expect-error -- nobody is known yet
          return String(snapshot.user);
        case "authenticated":
          expectTypeOf(snapshot.user).toEqualTypeOf<{ name: string }>();
          expectTypeOf(snapshot.claims).toEqualTypeOf<{ role: string }>();
          expectTypeOf(snapshot.authTime).toEqualTypeOf<number | null>();
          // @ts-expect-error -- somebody is signed in
          return String(snapshot.reason);
        case "unauthenticated":
          expectTypeOf(snapshot.reason).toEqualTypeOf<EndReason>();
          return snapshot.reason;
      }
    };
    expect(read({ status: "unauthenticated", reason: "idle" })).toBe("idle");
  });

  it("claims have the type that the validator gives them; without one they are unknown", () => {
    const typed = createSession(options);
    expectTypeOf(typed).toEqualTypeOf<Session<{ sub: string; role: "admin" | "user" }>>();
    const untyped = createSession();
    expectTypeOf(untyped.ready).returns.resolves.toEqualTypeOf<SessionSnapshot>();
    expect(typed.getSnapshot().status).toBe("loading");
  });

  it("session.fetch is fetch, to the letter", () => {
    expectTypeOf<Session["fetch"]>().toEqualTypeOf<typeof globalThis.fetch>();
    expectTypeOf<Session["getAccessToken"]>().returns.resolves.toBeString();
    expectTypeOf<Session["signOut"]>().returns.resolves.toEqualTypeOf<SignOutResult>();
    expectTypeOf<Session["subscribe"]>().returns.toEqualTypeOf<() => void>();
    expect(typeof createSession().fetch).toBe("function");
  });

  it("an error narrows, and its code is one of a closed union", () => {
    const error: unknown = new SessionError("network", "x");
    if (isSessionError(error)) {
      expectTypeOf(error).toEqualTypeOf<SessionError>();
      expectTypeOf(error.reason).toEqualTypeOf<EndReason | undefined>();
      // @ts-expect-error -- there is no such code
      expect(error.code === "no-such-code").toBe(false);
    }
  });

  it("options are checked", () => {
    // @ts-expect-error -- a list, not a string
    expect(() => createSession({ audience: "https://api.example.com" })).toThrow();
    // @ts-expect-error -- no such option
    expect(() => createSession({ endPoint: "/session" })).toThrow();
    // @ts-expect-error -- no such scope
    const signOut = (session: Session) => session.signOut({ scope: "everywhere" });
    expect(typeof signOut).toBe("function");
  });
});
