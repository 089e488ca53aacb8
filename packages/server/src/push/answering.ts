import { readRefreshCookie } from "../cookies.js";
import { isGenuine } from "../refresh-token.js";
import { endedResponse, eventStreamResponse } from "../responses.js";
import type { ServerContext } from "../server-context.js";
import { endOf, toEndReason, type SessionRecord } from "../session-record.js";
import type { Transport } from "../transport.js";
import { bearerRefusal, readBearer } from "../verification.js";
import { readLastTold } from "./wording.js";

/** Who asks for a stream: whose record it is, and whether they may hear of it. */
interface Listener {
  readonly sessionId: string;
  readonly mayHear: (record: SessionRecord) => boolean | Promise<boolean>;
}

/**
 * Opens the event stream of a session (R-140 … R-143).
 *
 * Who asks is told by the access token, or by the refresh cookie, of whatever generation: nothing is rotated, and an old one is
 * no reuse, since it comes with every request of the site. Listening is no activity: no deadline moves.
 *
 * @throws RequestProblem `temporarily_unavailable`, `invalid_request`
 */
export async function answerEvents(
  context: ServerContext,
  request: Request,
  transport: Transport,
): Promise<Response> {
  const listener = await readListener(context, request, transport);
  if (listener instanceof Response) return listener;
  const { sessionId, mayHear } = listener;
  // First the stream, then the look: what happens in between is news. And first the look, then a connection for news: a stranger
  // gets none opened.
  const subscriber = context.hub.subscribe(sessionId, readLastTold(request.headers, sessionId));
  try {
    const record = await context.store.read(sessionId);
    const refusal = await refuse(context, record, mayHear);
    if (refusal !== null) {
      subscriber.end();
      return refusal;
    }
    await subscriber.admit(record);
    return eventStreamResponse(subscriber.body);
  } catch (cause) {
    subscriber.end();
    throw cause;
  }
}

async function readListener(
  context: ServerContext,
  { headers }: Request,
  { cookies }: Transport,
): Promise<Listener | Response> {
  const check = await readBearer(context, headers, false);
  if (check.kind === "valid") {
    const { sessionId, userId } = check.content;
    return { sessionId, mayHear: (record) => record.userId === userId };
  }
  if (check.kind !== "absent") return bearerRefusal(context.config.audience, check);
  const presented = readRefreshCookie(headers, cookies);
  if (presented.kind !== "token") return endedResponse("no-session", null);
  const { token } = presented;
  return { sessionId: token.sessionId, mayHear: (record) => isGenuine(token, record.familyKey) };
}

/** Cookies are left alone: a refresh is the place to find out, and it clears what has to be cleared. */
async function refuse(
  { config }: ServerContext,
  record: SessionRecord | null,
  mayHear: Listener["mayHear"],
): Promise<Response | null> {
  if (record === null || !(await mayHear(record))) return endedResponse("no-session", null);
  const end = endOf(record, config.clock());
  return end === null ? null : endedResponse(toEndReason(end), null);
}
