import Bowser from "bowser";
import { parseItem, parseList } from "structured-headers";
import type { Visitor } from "./session-record.js";

/** A device, as its browser describes it. `null` where it does not say, or says what nobody knows. */
export interface Device {
  /** Name and major version: `Firefox 140`. */
  readonly browser: string | null;
  /** `Windows`, `macOS`, `Android` … */
  readonly os: string | null;
  readonly kind: "desktop" | "mobile" | "tablet" | "tv" | null;
}

const unknown: Device = { browser: null, os: null, kind: null };

/** Makes out a device from the user agent and, where they are sent, the client hints that tell brands apart. */
export function describeDevice(visitor: Visitor | null): Device {
  if (visitor === null || visitor.userAgent === null) return unknown;
  const { browser, os, platform } = Bowser.getParser(visitor.userAgent, hintsOf(visitor)).getResult();
  const kinds = ["desktop", "mobile", "tablet", "tv"] as const;
  return {
    browser: browser.name ? [browser.name, browser.version?.split(".")[0]].filter(Boolean).join(" ") : null,
    os: os.name ?? null,
    kind: kinds.find((kind) => kind === platform.type) ?? null,
  };
}

/** @see User-Agent Client Hints, sections 3.1 to 3.9; RFC 9651 (structured fields) */
function hintsOf({ brands, platform, mobile }: Visitor) {
  return {
    brands: parsed(brands, parseList).flatMap(([brand, parameters]) => {
      const version = parameters.get("v");
      return typeof brand === "string" && typeof version === "string" ? [{ brand, version }] : [];
    }),
    ...one(platform, "platform", "string"),
    ...one(mobile, "mobile", "boolean"),
  };
}

function one(text: string | null, name: string, type: "string" | "boolean"): Record<string, unknown> {
  const [item] = parsed(text, (field) => [parseItem(field)]);
  return item !== undefined && typeof item[0] === type ? { [name]: item[0] } : {};
}

/** What is not a structured field is no hint. */
function parsed<Member>(text: string | null, parse: (field: string) => Member[]): Member[] {
  try {
    return text === null ? [] : parse(text);
  } catch {
    return [];
  }
}
