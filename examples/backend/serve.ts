/** A server for the examples that have no Vite. */
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type ServerType } from "@hono/node-server";
import type { Backend } from "./backend.ts";

function listen(server: ServerType, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once("error", reject);
  server.listen(port, "localhost", () => resolve((server.address() as AddressInfo).port));
  return promise;
}

/** Answers requests on this machine, on `port` or, if that one is taken, on another. @returns The address. */
export async function serve(answer: Backend, port: number): Promise<string> {
  const server = createAdaptorServer({
    fetch: (request, { incoming }) => answer(request, incoming.socket.remoteAddress),
    overrideGlobalObjects: false,
  });
  const used = await listen(server, port).catch(() => listen(server, 0));
  return `http://localhost:${used}`;
}
