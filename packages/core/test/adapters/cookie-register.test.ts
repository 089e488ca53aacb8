// @vitest-environment happy-dom
// @vitest-environment-options { "url": "https://app.example/" }
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeConformance, exampleHold, registerConformance } from "@lockstep/testing/conformance";
import { createCookieRegister, type CookieRegisterOptions } from "../../src/adapters/cookie-register.js";
import { encodeRecord } from "../../src/machine/register.js";
import type { EpochRecord } from "../../src/machine/version.js";
import { clearJar, replaceCookies } from "../support/cookie-jar.js";

const versionCookie = "__Host-lockstep-version";
const record: EpochRecord = { epoch: 2, status: "in", sessionId: "s1" };
const later: EpochRecord = {
  epoch: 3,
  status: "out",
  sessionId: "s1",
  reason: "signed-out",
  pending: "this",
};

function open(options: Partial<CookieRegisterOptions> = {}) {
  const degrade = vi.fn<() => void>();
  const register = createCookieRegister({
    namespace: "lockstep",
    versionCookie,
    isSecure: true,
    degrade,
    ...options,
  });
  return { register, degrade };
}

let restore = (): void => undefined;
beforeEach(clearJar);
afterEach(() => {
  restore();
  restore = () => undefined;
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describeConformance(
  { describe, it },
  "the register in cookies",
  registerConformance(() => ({
    tab: () => open().register,
    setMark: (sessionId, revision) =>
      void (document.cookie = `${versionCookie}=${sessionId}.${revision}; Path=/; Secure`),
    handOver: () => undefined,
  })),
);

describe("R-054: the version cookie", () => {
  it("is read under the name the server gives it, and no other", () => {
    document.cookie = "lockstep-version=other.9; Path=/";
    expect(open().register.read().mark).toBeNull();
    document.cookie = `${versionCookie}=s1.4; Path=/; Secure`;
    expect(open().register.read().mark).toEqual({ sessionId: "s1", revision: 4 });
    expect(open({ versionCookie: "lockstep-version" }).register.read().mark).toEqual({
      sessionId: "other",
      revision: 9,
    });
  });

  it("is unreadable, not absent, where the endpoint is on another host", () => {
    expect(open({ versionCookie: null }).register.read().mark).toBe("unreadable");
  });

  it.each(["", "s1", ".4", "s1.", "s1.-1", "s1.1e3", "s1.4x", `${"x".repeat(257)}.1`])(
    "that says %j is none of ours",
    (value) => {
      restore = replaceCookies({ read: () => `${versionCookie}=${value}` });
      expect(open().register.read().mark).toBeNull();
    },
  );
});

describe("F7: the page's other cookies", () => {
  it("of two cookies with one name the first counts, as the browser lists the more specific first", () => {
    restore = replaceCookies({
      read: () => `${versionCookie}=s1.4; ${versionCookie}=evil.9; lockstep-epoch=rubbish`,
    });
    expect(open().register.read().mark).toEqual({ sessionId: "s1", revision: 4 });
  });

  it("names that contain ours, nameless ones and rubbish change nothing", () => {
    open().register.writeRecord(record);
    const own = document.cookie;
    localStorage.clear();
    restore = replaceCookies({
      read: () => `nameless; =x; xlockstep-epoch=1~9~-; ${own}; lockstep-epoch2=1~9~-; ;;`,
    });
    expect(open().register.read().record).toEqual(record);
  });

  it.each(["x", "1~", "2~5~-", "1~x~-", "1~0~-", "1~5~-~s", "1~5~s1", "~~~~", "1~5~-~z~-", "1~5~-~s~-~x"])(
    "a record that says %j is none",
    (value) => {
      document.cookie = `lockstep-epoch=${value}; Path=/`;
      expect(open().register.read().record).toBeNull();
    },
  );

  it("namespaces do not see each other", () => {
    open({ namespace: "one" }).register.writeRecord(record);
    open({ namespace: "one" }).register.writeHold(exampleHold);
    expect(open({ namespace: "two" }).register.read()).toMatchObject({ record: null, hold: null });
  });
});

describe("R-104: the cookies that are written", () => {
  function written(isSecure: boolean): string[] {
    const cookies: string[] = [];
    restore = replaceCookies({ write: (cookie) => void cookies.push(cookie) });
    const { register } = open({ isSecure });
    register.writeRecord(record);
    register.writeHold(exampleHold);
    register.writeHold(null);
    restore();
    return cookies;
  }

  it("are host-only, for this site, for the whole path, and secure where the page is", () => {
    for (const cookie of written(true)) {
      expect(cookie).toMatch(/^lockstep-(epoch|hold)=/);
      expect(cookie).toMatch(/; Path=\/(;|$)/);
      expect(cookie).toMatch(/; SameSite=Strict(;|$)/);
      expect(cookie).toMatch(/; Secure(;|$)/);
      expect(cookie).not.toMatch(/Domain/i);
      expect(cookie.length).toBeLessThan(1_000);
    }
    expect(written(false).join(" ")).not.toContain("Secure");
  });

  it("a tombstone outlives restarts, a hold its end by what a later try needs; neither more than 400 days", () => {
    const [recordCookie = "", holdCookie = "", freed = ""] = written(true);
    const maxAge = (cookie: string): number => Number(/Max-Age=(\d+)/.exec(cookie)?.[1]);
    expect(maxAge(recordCookie)).toBe(400 * 24 * 60 * 60);
    expect(maxAge(holdCookie)).toBeGreaterThan(exampleHold.ttlMs / 1_000);
    expect(maxAge(holdCookie)).toBeLessThan(400 * 24 * 60 * 60);
    expect(maxAge(freed)).toBe(0);
  });
});

describe("attack B, DOM clobbering: the register in a page whose markup is somebody else's", () => {
  it("an element named `cookie` hides no cookie, and keeps nobody from signing out", () => {
    document.cookie = `${versionCookie}=s1.4; Path=/; Secure`;
    const { register } = open();
    Object.defineProperty(document, "cookie", { configurable: true, value: document.createElement("img") });
    const record = {
      epoch: 2,
      status: "out",
      sessionId: "s1",
      reason: "signed-out",
      pending: "this",
    } as const;
    try {
      expect(register.read().mark).toEqual({ sessionId: "s1", revision: 4 });
      register.writeRecord(record);
      localStorage.clear();
      expect(register.read().record).toEqual(record);
    } finally {
      Reflect.deleteProperty(document, "cookie");
    }
  });
});

describe("Scenario 28: the register where the browser keeps less", () => {
  it("P23: a record that only localStorage kept is found", () => {
    open().register.writeRecord(record);
    document.cookie = "lockstep-epoch=; Path=/; Secure; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
    expect(open().register.read().record).toEqual(record);
  });

  it("L3: of the two copies the later one counts, whichever it is", () => {
    open().register.writeRecord(later);
    const [cookies, stored] = [document.cookie, localStorage.getItem("lockstep-epoch") ?? ""];
    open().register.writeRecord(record);
    localStorage.setItem("lockstep-epoch", stored);
    expect(open().register.read().record).toEqual(later);
    localStorage.setItem("lockstep-epoch", "1~2~.s1");
    restore = replaceCookies({ read: () => cookies });
    expect(open().register.read().record).toEqual(later);
  });

  it("cookies are disabled: said once, the record lives on in storage, the mark is unreadable", () => {
    vi.spyOn(navigator, "cookieEnabled", "get").mockReturnValue(false);
    restore = replaceCookies({ read: () => "", write: () => undefined });
    const { register, degrade } = open();
    register.writeRecord(record);
    register.writeHold(exampleHold);
    for (let reads = 0; reads < 3; reads += 1)
      expect(register.read()).toEqual({ record, mark: "unreadable", hold: null, lifetime: null });
    expect(degrade).toHaveBeenCalledExactlyOnceWith("cookies", "disabled");
  });

  it("C11: cookies throw (sandboxed frame): said once, nothing is thrown", () => {
    const refuse = (): never => {
      throw new DOMException("Sandboxed.", "SecurityError");
    };
    restore = replaceCookies({ read: refuse, write: refuse });
    const { register, degrade } = open();
    register.writeRecord(record);
    register.writeHold(exampleHold);
    expect(register.read()).toEqual({ record, mark: "unreadable", hold: null, lifetime: null });
    expect(register.read().record).toEqual(record);
    expect(degrade).toHaveBeenCalledExactlyOnceWith("cookies", "SecurityError");
  });

  it.each([
    ["throws on access", "SecurityError"],
    ["is full", "QuotaExceededError"],
  ])("localStorage %s: said once, cookies carry the record alone", (_, name) => {
    const refuse = (): never => {
      throw new DOMException("No.", name);
    };
    const stub = { getItem: name === "SecurityError" ? refuse : () => null, setItem: refuse };
    vi.stubGlobal("localStorage", stub);
    const { register, degrade } = open();
    register.writeRecord(record);
    register.writeRecord(later);
    expect(register.read().record).toEqual(later);
    expect(register.read().record).toEqual(later);
    expect(degrade).toHaveBeenCalledExactlyOnceWith("storage", name);
  });

  it("localStorage is not there at all", () => {
    vi.stubGlobal("localStorage", undefined);
    const { register, degrade } = open();
    register.writeRecord(record);
    expect(register.read().record).toEqual(record);
    expect(degrade).toHaveBeenCalledOnce();
  });

  it("with neither cookies nor storage it works for this tab's reading: nothing is there, nothing is thrown", () => {
    const refuse = (): never => {
      throw new DOMException("No.", "SecurityError");
    };
    restore = replaceCookies({ read: refuse, write: refuse });
    vi.stubGlobal("localStorage", { getItem: refuse, setItem: refuse });
    const { register, degrade } = open();
    register.writeRecord(record);
    expect(register.read()).toEqual({ record: null, mark: "unreadable", hold: null, lifetime: null });
    expect(degrade).toHaveBeenCalledTimes(2);
  });

  it("L5: nothing but the record, the hold and the lifetime is ever written", () => {
    const { register } = open();
    register.writeRecord(record);
    register.writeHold(exampleHold);
    register.writeLifetime({ sessionId: "s1", idleAtWall: 1, idleLimitMs: 1, endsAtWall: null });
    register.read();
    expect([localStorage.length, localStorage.key(0)]).toEqual([1, "lockstep-epoch"]);
    const names = document.cookie.split("; ").map((pair) => pair.split("=")[0]);
    expect(new Set(names)).toEqual(new Set(["lockstep-epoch", "lockstep-hold", "lockstep-lifetime"]));
    expect(sessionStorage).toHaveLength(0);
  });
});

describe("L13, L1: another tab's word that the session is over", () => {
  function arrive(key: string | null, newValue: string | null = encodeRecord(later)): void {
    window.dispatchEvent(new StorageEvent("storage", { key, newValue }));
  }

  it("is told of when it arrives, and nothing else is", () => {
    const { register } = open();
    const heard = vi.fn<() => void>();
    const detach = register.attach(heard);
    for (const key of ["lockstep-activity", "other-epoch", null]) arrive(key);
    for (const text of [encodeRecord(record), "rubbish", null]) arrive("lockstep-epoch", text);
    expect(heard).not.toHaveBeenCalled();
    arrive("lockstep-epoch");
    expect(heard).toHaveBeenCalledOnce();
    detach();
    arrive("lockstep-epoch");
    expect(heard).toHaveBeenCalledOnce();
  });
});
