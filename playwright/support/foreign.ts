/** A server of somebody else, on another port: it takes every request from every page, and remembers what came along. */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createCertificate } from "./certificate.js";
import { endServer } from "./end-server.js";

export interface ForeignRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

export interface ForeignServer {
  readonly origin: string;
  /** Without preflights. */
  readonly requests: readonly ForeignRequest[];
  close(): Promise<void>;
}

const tls = createCertificate();

export async function startForeignServer(): Promise<ForeignServer> {
  const requests: ForeignRequest[] = [];
  const server = createServer({ key: tls.key, cert: tls.cert }, (incoming, outgoing) => {
    const { method = "", url = "/", headers } = incoming;
    outgoing.setHeader("access-control-allow-origin", headers.origin ?? "*");
    outgoing.setHeader("access-control-allow-credentials", "true");
    outgoing.setHeader("access-control-allow-methods", "GET, POST, PUT, DELETE");
    outgoing.setHeader("access-control-allow-headers", "authorization, content-type, lockstep-protocol");
    if (method !== "OPTIONS") requests.push({ method, url, headers });
    const to = new URL(url, "https://foreign.invalid").searchParams.get("to");
    if (method !== "OPTIONS" && to !== null) {
      outgoing.writeHead(307, { location: to }).end();
      return;
    }
    outgoing.writeHead(200, { "content-type": "application/json" }).end('{"foreign":true}');
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://localhost:${port}`,
    requests,
    close: () => endServer(server),
  };
}
