/**
 * One server process of a service that several browsers use: stores and secrets as in `examples/cluster`, and beside the
 * session endpoints the page of the browser suite, an API, an administrator's desk, and word to whoever started it of each
 * event stream and each security event. Node runs it as it is, so its imports name their files as they are.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { createSessionServer, type SecurityEvent } from "@lockstep/server";
import { readSetting, readSigningKeys } from "../../examples/cluster/settings.ts";
import { openStore } from "../../examples/cluster/stores.ts";

/** What the page is made of, by path. */
export type PageFiles = Readonly<Record<string, { readonly type: string; readonly text: string }>>;

/** What a process says. */
export type Report =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "event"; readonly event: SecurityEvent }
  /** An event stream of a browser began or ended. */
  | {
      readonly kind: "stream";
      readonly stream: number;
      readonly browser: string;
      readonly isOpen: boolean;
      readonly at: number;
    };

const publicOrigin = readSetting("PUBLIC_ORIGIN");
const report = (message: Report): void => void process.send?.(message);
const { store } = await openStore(readSetting("STORE"));
const sessions = createSessionServer({
  store,
  issuer: publicOrigin,
  audience: `${publicOrigin}/api`,
  signingKeys: readSigningKeys(),
  eventSalt: readSetting("EVENT_SALT"),
  publicOrigin,
  accessTokenLifetimeSeconds: Number(process.env["LIFETIME_SECONDS"]),
  graceSeconds: Number(process.env["GRACE_SECONDS"]),
  onEvent: (event) => report({ kind: "event", event }),
});

let streamCount = 0;
/** The browser of each open stream. */
const streams = new Map<number, string>();

function noteStream(request: Request, outgoing: ServerResponse): void {
  // A cookie of the tests names the browser, whatever becomes of its sessions.
  const [, browser = ""] = /(?:^|; )browser=([^;]+)/.exec(request.headers.get("cookie") ?? "") ?? [];
  const stream = (streamCount += 1);
  const tell = (isOpen: boolean): void => report({ kind: "stream", stream, browser, isOpen, at: Date.now() });
  streams.set(stream, browser);
  tell(true);
  const leave = (): void => {
    if (streams.delete(stream)) tell(false);
  };
  outgoing.once("close", leave);
  // Its browser was faster.
  if (outgoing.destroyed) leave();
}

async function answerSession(
  request: Request,
  pathname: string,
  outgoing: ServerResponse,
): Promise<Response> {
  const response = await sessions.handler(request);
  if (pathname === "/session/events" && response.status === 200) noteStream(request, outgoing);
  return response;
}

async function answerDesk(pathname: string, user: string): Promise<Response> {
  if (pathname === "/desk/streams") return Response.json([...streams.values()]);
  try {
    return Response.json({ ended: await sessions.revokeUser(user) });
  } catch (error) {
    return new Response(String(error), { status: 503 });
  }
}

async function answerApi(request: Request, checkRevocation: boolean): Promise<Response> {
  const check = await sessions.verify(request, { checkRevocation });
  return check.ok ? Response.json({ user: check.session.userId }) : check.response;
}

async function answer(request: Request, outgoing: ServerResponse, files: PageFiles): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const user = searchParams.get("user") ?? "ann";
  if (pathname.startsWith("/session/")) return answerSession(request, pathname, outgoing);
  if (pathname === "/login") return sessions.start(request, { userId: user, user: { id: user } });
  if (pathname.startsWith("/api/")) return answerApi(request, pathname === "/api/strict");
  if (pathname.startsWith("/desk/")) return answerDesk(pathname, user);
  const file = files[pathname];
  if (file === undefined) return new Response("Nothing here", { status: 404 });
  return new Response(file.text, { headers: { "content-type": file.type } });
}

process.once("message", (files: PageFiles) => {
  const listener = getRequestListener(
    async (request, { outgoing }) => answer(request, outgoing as ServerResponse, files),
    { overrideGlobalObjects: false },
  );
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  server.listen(0, "127.0.0.1", () =>
    report({ kind: "listening", port: (server.address() as AddressInfo).port }),
  );
});

// Whoever started it is gone.
process.on("disconnect", () => process.exit());
