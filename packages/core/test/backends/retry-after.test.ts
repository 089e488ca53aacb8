import { afterEach, describe, expect, it } from "vitest";
import { retryAfterMs } from "../../src/backends/retry-after.js";

const now = Date.parse("1994-11-06T08:49:37Z");
const read = (retryAfter: string, date?: string, wall = now) =>
  retryAfterMs(
    new Headers({ "Retry-After": retryAfter, ...(date === undefined ? {} : { Date: date }) }),
    () => wall,
  );

describe("R-031: Retry-After in seconds", () => {
  it.each([
    ["0", 0],
    ["1", 1_000],
    ["120", 120_000],
    ["  120  ", 120_000],
    ["86400", 86_400_000],
    ["007", 7_000],
  ])("%j", (text, ms) => {
    expect(read(text)).toBe(ms);
  });

  it("a number beyond all measure is a number still, for the policy to cap", () => {
    expect(read("9".repeat(400))).toBeGreaterThan(2 ** 31);
    expect(read("9".repeat(400))).not.toBeNaN();
  });
});

describe("R-031, scenario 17: Retry-After as a date", () => {
  const zone = process.env["TZ"];
  afterEach(() => {
    if (zone === undefined) Reflect.deleteProperty(process.env, "TZ");
    else process.env["TZ"] = zone;
  });

  const forms: readonly (readonly [string, string])[] = [
    ["IMF-fixdate", "Sun, 06 Nov 1994 08:51:37 GMT"],
    ["RFC 850", "Sunday, 06-Nov-94 08:51:37 GMT"],
    ["asctime", "Sun Nov  6 08:51:37 1994"],
  ];

  it.each(forms)("%s, which RFC 9110 §5.6.7 wants read", (_, text) => {
    expect(read(text)).toBe(120_000);
  });

  it.each(forms)("%s is in GMT, wherever the client is", (_, text) => {
    process.env["TZ"] = "America/New_York";
    expect(read(text)).toBe(120_000);
  });

  it("is measured against the answer's own date: a wrong client clock does not matter", () => {
    expect(read("Sun, 06 Nov 1994 08:51:37 GMT", "Sun, 06 Nov 1994 08:50:37 GMT", 0)).toBe(60_000);
    expect(read("Sun, 06 Nov 1994 08:51:37 GMT", "Sun, 06 Nov 1994 08:50:37 GMT", 9e12)).toBe(60_000);
  });

  it("a date of the answer that makes no sense leaves the client's clock", () => {
    expect(read("Sun, 06 Nov 1994 08:51:37 GMT", "yesterday")).toBe(120_000);
  });

  it("a date that has passed is now", () => {
    expect(read("Sun, 06 Nov 1994 08:00:00 GMT")).toBe(0);
  });
});

describe("R-031: what makes no sense is no wish", () => {
  it("there is none", () => {
    expect(retryAfterMs(new Headers(), () => now)).toBeUndefined();
  });

  it.each([
    "",
    "soon",
    "-1",
    "+5",
    "1.5",
    "1e3",
    "0x10",
    "12 seconds",
    "120, 60",
    "120;",
    "Infinity",
    "NaN",
    "true",
    "2026-11-21",
    "2026-11-21T00:00:00Z",
    "11/21/2026",
    "Sun",
    "Sun, ",
    "Sun, 99 Foo 1994 08:51:37 GMT",
  ])("%j", (text) => {
    expect(read(text)).toBeUndefined();
  });

  it.each(["Retry 3000", "Wait until 2999", "Try again in 9999"])(
    "%j is no date, though a lenient parser takes it",
    (text) => {
      expect(read(text) ?? 0).toBe(0);
    },
  );
});
