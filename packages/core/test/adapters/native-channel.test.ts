import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { settle } from "@lockstep/testing";
import { channelConformance, describeConformance } from "@lockstep/testing/conformance";
import { openChannel } from "../../src/adapters/native-channel.js";
import type { openFallbackChannel } from "../../src/adapters/fallback-channel.js";
import { settleSlowly } from "../support/settle.js";

const library = {
  posted: [] as unknown[],
  opened: 0,
  closed: 0,
  missing: false,
  hear: (_: unknown): void => undefined,
};

/** The library as the fallback sees it: it would write what it is given to disk. */
const openLibrary: typeof openFallbackChannel = (_name, onMessage) => {
  if (library.missing) throw new Error("There is no such chunk.");
  library.opened += 1;
  library.hear = onMessage;
  return { post: (message) => void library.posted.push(message), close: () => void (library.closed += 1) };
};

vi.mock("../../src/adapters/fallback-channel.js", () => ({ openFallbackChannel: openLibrary }));

let count = 0;
describeConformance(
  { describe, it },
  "the channel of the platform",
  channelConformance(() => {
    const name = `lockstep-${(count += 1)}`;
    return { open: (onMessage) => openChannel(name, onMessage, () => undefined), settle: settleSlowly };
  }),
);

beforeEach(() => Object.assign(library, { posted: [], opened: 0, closed: 0, missing: false }));
afterEach(() => void vi.unstubAllGlobals());

const tokenMessage = {
  v: 1,
  from: "a",
  kind: "token",
  token: "secret",
  sessionId: "s",
  user: { name: "Ada" },
};

describe("Scenario 28, C9: where there is no native channel", () => {
  it("that is said, and the library is loaded in its place", async () => {
    vi.stubGlobal("BroadcastChannel", undefined);
    const [degrade, heard] = [vi.fn<() => void>(), vi.fn<() => void>()];
    const channel = openChannel("a", heard, degrade);
    expect(degrade).toHaveBeenCalledExactlyOnceWith("channel", "missing");
    channel.post({ v: 1, from: "a", kind: "changed" });
    await settleSlowly();
    channel.post({ v: 1, from: "a", kind: "ask", to: null });
    library.hear("hello");
    expect(library.posted).toEqual([{ v: 1, from: "a", kind: "ask", to: null }]);
    expect(heard).toHaveBeenCalledWith("hello");
    channel.close();
    expect(library.closed).toBe(1);
  });

  it("L5: a token never goes to the library, whose methods write to disk; that there is something to look at does", async () => {
    vi.stubGlobal("BroadcastChannel", undefined);
    const channel = openChannel("a", () => undefined, vi.fn<() => void>());
    await settleSlowly();
    channel.post(tokenMessage);
    expect(library.posted).toEqual([{ v: 1, from: "a", kind: "changed" }]);
    expect(JSON.stringify(library.posted)).not.toMatch(/secret|Ada/);
  });

  it("closed while the library loads: nothing is opened", async () => {
    vi.stubGlobal("BroadcastChannel", undefined);
    openChannel("a", () => undefined, vi.fn<() => void>()).close();
    await settleSlowly();
    expect(library.opened).toBe(0);
  });

  it("the library fails as well: said, and nothing is thrown", async () => {
    vi.stubGlobal("BroadcastChannel", undefined);
    library.missing = true;
    const degrade = vi.fn<() => void>();
    const channel = openChannel("a", () => undefined, degrade);
    await settleSlowly();
    channel.post({ v: 1, from: "a", kind: "changed" });
    channel.close();
    expect(degrade.mock.calls).toEqual([
      ["channel", "missing"],
      ["channel", "fallback-failed"],
    ]);
  });
});

describe("L5: the native channel", () => {
  it("is the one through which a token crosses, and the library is not loaded", async () => {
    const heard = vi.fn<() => void>();
    const name = `lockstep-${(count += 1)}`;
    const [a, b] = [
      openChannel(name, vi.fn<() => void>(), vi.fn<() => void>()),
      openChannel(name, heard, vi.fn<() => void>()),
    ];
    a.post(tokenMessage);
    await settleSlowly();
    expect(heard).toHaveBeenCalledExactlyOnceWith(tokenMessage);
    expect(library.opened).toBe(0);
    a.close();
    b.close();
  });

  it("names keep sessions apart", async () => {
    const heard = vi.fn<() => void>();
    const [a, b] = [
      openChannel("one", vi.fn<() => void>(), vi.fn<() => void>()),
      openChannel("two", heard, vi.fn<() => void>()),
    ];
    a.post("hello");
    await settle();
    await settleSlowly();
    expect(heard).not.toHaveBeenCalled();
    a.close();
    b.close();
  });
});
