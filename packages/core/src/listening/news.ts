/** What the default backend says on its event stream, wire protocol version 1. */
import { endReasonOf, member } from "../backends/lockstep.js";
import type { News } from "../machine/outcome.js";
import { isSessionId } from "../machine/register.js";

/** @returns `null` for what is no news of ours: not in the form, or of a kind that only a newer client knows */
export function readNews(event: string | undefined, data: string): News | null {
  const said = parse(data);
  const sessionId = member(said, "session_id");
  const revision = member(said, "version");
  if (typeof sessionId !== "string" || !isSessionId(sessionId)) return null;
  if (event === "ended") return { kind: "ended", sessionId, reason: endReasonOf(member(said, "reason")) };
  return event === "stale" && Number.isSafeInteger(revision)
    ? { kind: "stale", sessionId, revision: revision as number }
    : null;
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
