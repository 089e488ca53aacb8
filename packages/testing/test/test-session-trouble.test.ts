import { watch } from "@lockstep/testing";
import { describe, expect, it } from "vitest";
import { signedIn } from "./signed-in.js";

describe("trouble can be made", () => {
  it("L4: a server that fails signs nobody out, and the session recovers", async () => {
    const { session, backend, clock } = await signedIn();
    backend.trouble = { code: "unavailable", status: 503 };
    await clock.advance(600_000);
    expect(session.getSnapshot()).toMatchObject({ status: "authenticated", problem: "unavailable" });
    const error = watch(session.getAccessToken());
    await clock.advance(60_000);
    expect(error.outcome).toMatchObject({ status: "rejected", error: { code: "unavailable" } });
    backend.trouble = null;
    await clock.advance(120_000);
    expect(session.getSnapshot()).toMatchObject({ status: "authenticated", problem: null });
  });

  it("L10: a server that limits the rate is left alone for as long as it asks", async () => {
    const { session, backend, clock } = await signedIn();
    backend.trouble = { code: "rate-limited", status: 429, retryAfterMs: 120_000 };
    await session.refresh().catch(() => undefined);
    const before = backend.refreshes.length;
    await clock.advance(119_000);
    expect(backend.refreshes).toHaveLength(before);
  });

  it("L7: a server that hangs keeps nobody waiting for ever", async () => {
    const { session, backend, clock } = await signedIn();
    backend.trouble = "silence";
    const refreshed = watch(session.refresh());
    await clock.advance(60_000);
    expect(refreshed.outcome).toMatchObject({ status: "rejected", error: { code: "timeout" } });
  });

  it("L2: a session that a thief's replay ended is over", async () => {
    const { session, backend, clock } = await signedIn();
    backend.script = () => ({ kind: "ended", reason: "reuse-detected" });
    await clock.advance(300_000);
    expect(session.getSnapshot()).toEqual({ status: "unauthenticated", reason: "reuse-detected" });
  });
});
