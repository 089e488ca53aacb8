/** One origin for a test: the page of an example and the backend of the examples, strict, on https, all requests noted. */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { SecurityEvent } from "@lockstep/server";
import { createBackend, isBackendPath } from "../../../examples/backend/backend.js";
import { createCertificate } from "../../support/certificate.js";
import { endServer } from "../../support/end-server.js";
import type { Page } from "./page-files.js";

const tls = createCertificate();

type EventType = SecurityEvent["type"];

export interface ExampleServer {
  readonly origin: string;
  /** `POST /session/refresh`, in the order of their arrival. */
  readonly requests: readonly string[];
  /** Steps the clock of the session server. */
  stepClock(durationMs: number): void;
  eventsOf<Type extends EventType>(type: Type): readonly Extract<SecurityEvent, { type: Type }>[];
  close(): Promise<void>;
}

/** Where a tab goes when it leaves the application. */
export const elsewhere = "/elsewhere";

export async function startServer(page: Page, lifetimeSeconds: number): Promise<ExampleServer> {
  const requests: string[] = [];
  const events: SecurityEvent[] = [];
  let aheadMs = 0;
  const backend = await createBackend({
    lifetimeSeconds,
    graceSeconds: 0,
    issuer: "https://localhost",
    onEvent: (event) => void events.push(event),
    clock: () => Date.now() + aheadMs,
  });

  const listener = getRequestListener(
    (request, { incoming }) => {
      const { pathname } = new URL(request.url);
      requests.push(`${request.method} ${pathname}`);
      if (isBackendPath(pathname)) return backend(request, incoming.socket.remoteAddress);
      if (pathname === elsewhere)
        return new Response("<!doctype html><link rel=icon href=/icon.svg><p>Elsewhere", {
          headers: { "content-type": "text/html" },
        });
      return page(request);
    },
    { overrideGlobalObjects: false },
  );
  const server = createServer(tls, (incoming, outgoing) => void listener(incoming, outgoing));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));

  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    requests,
    stepClock: (durationMs) => void (aheadMs += durationMs),
    eventsOf: (type) => events.filter((event) => event.type === type) as never,
    close: () => endServer(server),
  };
}
