/** Moments as people say them: "5 minutes ago". */
const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

const units = [
  { unit: "day", seconds: 86_400 },
  { unit: "hour", seconds: 3_600 },
  { unit: "minute", seconds: 60 },
] as const;

/** @param moment in the past, in milliseconds since 1970; the server's clock may be ahead of ours. */
export function ago(moment: number, now = Date.now()): string {
  const elapsed = Math.max(0, now - moment) / 1_000;
  const found = units.find(({ seconds }) => elapsed >= seconds);
  return found === undefined ? "just now" : format.format(-Math.floor(elapsed / found.seconds), found.unit);
}
