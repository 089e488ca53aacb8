import type { AnswerHeaders } from "../runtime/ports.js";

/**
 * Reads `Retry-After`: seconds, or an HTTP-date (RFC 9110 §10.2.3, R-031). A date is measured against the answer's own
 * `Date` where that can be read, so that a wrong client clock does not matter.
 *
 * @returns Milliseconds from now, at least 0; `undefined` where there is none or it makes no sense.
 */
export function retryAfterMs(headers: AnswerHeaders, wall: () => number): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  // Every HTTP-date begins with the name of a day; `Date.parse` alone would take much that is none. The oldest of the
  // three forms says nothing of its zone, which is GMT all the same (RFC 9110 §5.6.7).
  const isDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text);
  const until = isDate ? Date.parse(text.endsWith("GMT") ? text : `${text} GMT`) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const answeredAt = Date.parse(headers.get("date") ?? "");
  return Math.max(0, until - (Number.isNaN(answeredAt) ? wall() : answeredAt));
}
