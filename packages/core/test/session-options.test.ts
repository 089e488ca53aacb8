/** What a caller leaves out of its options stays out (attack B1, R-006). */
import { expect, it } from "vitest";
import { createTestSession } from "@lockstep/testing";
import { withPolluted } from "./support/polluted.js";

it("L8, attack B1: a polluted Object.prototype gives getAccessToken({}) no signal", async () => {
  const { session } = createTestSession({ user: { id: "ada" } });
  await withPolluted({ signal: AbortSignal.abort() }, async () => {
    expect(await session.getAccessToken({})).toEqual(expect.any(String));
  });
});

it("L8, attack B1: a polluted Object.prototype gives signOut({}) no scope", async () => {
  const { session, backend } = createTestSession({ user: { id: "ada" } });
  await withPolluted({ scope: "all" }, async () => {
    await session.signOut({});
  });
  expect(backend.signOuts.map(({ scope }) => scope)).toEqual(["this"]);
});
