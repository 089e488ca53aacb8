import { describe, expect, it, vi } from "vitest";
import { settle } from "@lockstep/testing";
import { z } from "zod";
import { createLockstepBackend } from "../../src/backends/lockstep.js";
import { createIdentityReader, readLifetimeMs } from "../../src/backends/token-reader.js";
import { grantBody, jwtOf } from "../support/answers.js";

type Schema = Parameters<typeof createIdentityReader>[0];

function outcomeOf(schema: Schema, token: string) {
  const readIdentity = createIdentityReader(schema);
  const backend = createLockstepBackend({ readIdentity, readLifetimeMs, wall: () => 0 });
  return backend.refreshOutcome({
    status: 200,
    headers: new Headers(),
    body: { ...grantBody, access_token: token },
  });
}

function identityOf(schema: Schema, token: string) {
  const outcome = outcomeOf(schema, token);
  return outcome.kind === "granted" ? outcome.fresh.identity : null;
}

const token = jwtOf({ sub: "ada", role: "admin", exp: 2, iat: 1, nbf: 1, jti: "x" });

describe("typed claims", () => {
  it("L10: those that change with every refresh are left out, so that nobody is told of each", () => {
    expect(identityOf(undefined, token)?.claims).toEqual({ sub: "ada", role: "admin" });
  });

  it("an opaque token has none, and works", () => {
    expect(identityOf(undefined, "opaque")).toMatchObject({ claims: null, subject: "ada" });
  });

  it("a validator gives them their shape", () => {
    const schema = z.object({ role: z.enum(["admin", "user"]).transform((role) => role.toUpperCase()) });
    expect(identityOf(schema, token)?.claims).toEqual({ role: "ADMIN" });
  });

  it("a validator that does not care for a token's claims takes an opaque token", () => {
    expect(identityOf(z.object({}), "opaque")?.claims).toEqual({});
  });

  it("L4: claims that the validator refuses make the answer a bad one: no grant, and no end", () => {
    const refused = outcomeOf(z.object({ role: z.literal("user") }), token);
    expect(refused).toEqual({ kind: "failed", failure: { code: "bad-answer", status: 200 } });
  });

  it("the subject is the token's, before the validator has its way", () => {
    expect(identityOf(z.object({}), token)?.subject).toBe("ada");
  });

  it("a subject that is a number is one; without any, the user's id is taken", () => {
    expect(identityOf(undefined, jwtOf({ sub: 7 }))?.subject).toBe("7");
    expect(identityOf(undefined, jwtOf({ role: "x" }))?.subject).toBe("ada");
  });

  it("L7: a validator that is asynchronous, which cannot be, grants nothing and throws nothing at a refresh", () => {
    const schema = z.object({ role: z.string().refine(async () => true) });
    expect(outcomeOf(schema, token)).toMatchObject({ kind: "failed" });
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("the application's own mistake");
      },
    ],
    // Zod answers so when a transform throws.
    [
      "promises, and then rejects",
      async () => {
        throw new Error("the application's own mistake");
      },
    ],
  ])("L7: a validator that %s grants nothing and throws nothing at a refresh", async (_, validate) => {
    const unhandled = vi.fn<() => void>();
    process.on("unhandledRejection", unhandled);
    const schema = { "~standard": { version: 1, vendor: "test", validate } } as Schema;
    expect(() => outcomeOf(schema, token)).not.toThrow();
    expect(outcomeOf(schema, token)).toMatchObject({ kind: "failed" });
    await settle();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it("a claim by the name of __proto__ is a claim, and poisons nothing", () => {
    const claims = JSON.parse('{"sub": "ada", "__proto__": {"polluted": true}}') as object;
    expect(identityOf(undefined, jwtOf(claims))?.subject).toBe("ada");
    expect({}).not.toHaveProperty("polluted");
  });
});
