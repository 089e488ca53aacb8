/** A round-robin proxy of the plainest kind: it holds nothing back, and adds nothing that a server would have to believe. */
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";

/** Headers of a connection, not of what is sent over it. @see RFC 9110, section 7.6.1 */
function withoutConnection({ connection: _, "keep-alive": __, ...headers }: IncomingMessage["headers"]) {
  return headers;
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, targets: readonly URL[]): void {
  const [target, ...others] = targets;
  if (target === undefined) {
    outgoing.writeHead(503, { "retry-after": "1" }).end();
    return;
  }
  const { method, url } = incoming;
  const headers = withoutConnection(incoming.headers);
  const { hostname, port } = target;
  const upstream = request({ hostname, port, method, path: url, headers, agent: false });
  const abandon = (): void => void upstream.destroy();
  outgoing.on("close", abandon);

  upstream.on("socket", (socket) => {
    // Not sooner: as long as nothing of the body was taken, another process can have it.
    socket.on("connect", () => incoming.pipe(upstream));
  });
  upstream.on("response", (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, withoutConnection(answer.headers));
    outgoing.flushHeaders();
    // If one end breaks off, so does the other.
    pipeline(answer, outgoing, () => undefined);
  });
  upstream.on("error", (error: NodeJS.ErrnoException) => {
    outgoing.off("close", abandon);
    if (error.code === "ECONNREFUSED") forward(incoming, outgoing, others);
    else if (outgoing.headersSent) outgoing.destroy();
    // It may have done what it was asked for: only the client knows whether to ask again.
    else outgoing.writeHead(502).end();
  });
}

export interface Proxy {
  readonly url: string;
  readonly server: Server;
}

/**
 * Listens on `port`, 0 for a free one.
 *
 * @param targets those that run, asked for with each request
 */
export async function startProxy(port: number, targets: () => readonly URL[]): Promise<Proxy> {
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const all = targets();
    const first = (turn += 1) % Math.max(all.length, 1);
    forward(incoming, outgoing, [...all.slice(first), ...all.slice(0, first)]);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "localhost", () => resolve());
  });
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, server };
}
