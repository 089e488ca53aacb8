import { createTestSession } from "@lockstep/testing";
import { expect, it } from "vitest";

const ada = { id: "ada", name: "Ada" };

it("an outage signs nobody out, a sign-out in another tab does", async () => {
  const { session, backend, clock, openTab } = createTestSession({ user: ada });
  await session.ready();

  backend.trouble = { code: "unavailable", status: 503 };
  await clock.advance(600_000);
  expect(session.getSnapshot()).toMatchObject({ status: "authenticated", problem: "unavailable" });

  backend.trouble = null;
  await clock.advance(60_000);
  const response = await session.fetch("http://localhost/api/me");
  expect(await response.json()).toEqual({ user: ada });

  await openTab().session.signOut();
  expect(session.getSnapshot()).toEqual({ status: "unauthenticated", reason: "signed-out-elsewhere" });
});
