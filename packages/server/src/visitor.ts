import type { Visitor } from "./session-record.js";

/** What is kept of a header that anybody may have made as long as they like. */
const LONGEST_HEADER = 512;

/**
 * Reads who a request comes from, as far as it says. For people to know their devices again: no proof of anything, and
 * nothing is decided by it.
 *
 * @param addressOf the application's way to the address; headers that anybody can send are not looked at
 */
export function readVisitor(
  request: Request,
  addressOf: ((request: Request) => string | null | undefined) | undefined,
): Visitor {
  const { headers } = request;
  return {
    userAgent: cut(headers.get("user-agent")),
    brands: cut(headers.get("sec-ch-ua")),
    platform: cut(headers.get("sec-ch-ua-platform")),
    mobile: cut(headers.get("sec-ch-ua-mobile")),
    address: cut(addressOf?.(request) ?? null),
  };
}

function cut(text: string | null): string | null {
  return text === null || text === "" ? null : text.slice(0, LONGEST_HEADER);
}
