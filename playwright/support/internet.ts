/**
 * The rest of the world, for pages that ask for it: a proxy on this machine that every engine is told to use for all but
 * the loopback. Nothing leaves the machine, and what was sent to whom can be looked at.
 *
 * Any https host is answered by one server, but for those that a test has here; any plain http host is this machine, at the port
 * that the page names.
 */
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type AddressInfo, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream";
import { createCertificate } from "./certificate.js";

/** A request that a page sent to a host elsewhere; preflights are not noted. */
export interface SentElsewhere {
  readonly url: string;
  readonly authorization: string | null;
}

export interface Internet {
  /** Of the proxy, on 127.0.0.1. */
  readonly port: number;
  readonly sent: readonly SentElsewhere[];
  /** From now on this https origin is the server that listens on its port here. */
  bringHere(origin: string): void;
  close(): void;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Of a pipeline, which has destroyed both its ends by then. */
function cutOff(): void {}

/** Hands a plain request on to this machine. */
function passOn(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { port, pathname, search } = new URL(incoming.url ?? "");
  const { method, headers } = incoming;
  const onward = forward({ host: "127.0.0.1", port, path: pathname + search, method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    pipeline(answer, outgoing, cutOff);
  });
  onward.once("error", () => outgoing.writeHead(502).end());
  incoming.pipe(onward);
}

export async function startInternet(): Promise<Internet> {
  const sent: SentElsewhere[] = [];
  const sites = createTlsServer(createCertificate(), ({ method, url = "", headers }, outgoing) => {
    if (method !== "OPTIONS")
      sent.push({ url: `https://${headers.host}${url}`, authorization: headers.authorization ?? null });
    outgoing.writeHead(200, {
      "access-control-allow-origin": "*",
      "access-control-allow-headers": "authorization",
    });
    outgoing.end("{}");
  });
  const sitesPort = await listen(sites);
  const tunnels = new Set<Socket>();
  const portsHere = new Map<string, number>();
  function tunnel({ url = "" }: IncomingMessage, socket: Socket): void {
    const site = connect(portsHere.get(url) ?? sitesPort, "127.0.0.1");
    for (const end of [socket, site]) {
      tunnels.add(end);
      end.once("close", () => tunnels.delete(end));
    }
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    // An end that is cut off, or never was there, cuts off the other: who is left waiting at a tunnel to nowhere waits for minutes.
    pipeline(socket, site, cutOff);
    pipeline(site, socket, cutOff);
  }
  const proxy = createServer(passOn).on("connect", tunnel);
  return {
    port: await listen(proxy),
    sent,
    bringHere(origin) {
      const { host, port } = new URL(origin);
      portsHere.set(host, Number(port));
    },
    close() {
      for (const tunnel of tunnels) tunnel.destroy();
      for (const server of [sites, proxy]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
