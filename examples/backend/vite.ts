/** The backend inside of Vite: one process and one origin for the page and its endpoints, as behind a proxy. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Connect, Plugin } from "vite";
import { createBackend, isBackendPath } from "./backend.ts";

async function attachTo(middlewares: Connect.Server): Promise<void> {
  const backend = await createBackend();
  const listener = getRequestListener(
    (request, { incoming }) => backend(request, incoming.socket.remoteAddress),
    { overrideGlobalObjects: false },
  );
  middlewares.use((incoming: IncomingMessage, outgoing: ServerResponse, next: () => void) => {
    const { pathname } = new URL(incoming.url ?? "/", "http://localhost");
    if (isBackendPath(pathname)) void listener(incoming, outgoing);
    else next();
  });
}

/** Serves the backend in `vite dev` and in `vite preview`; a build knows nothing of it. */
export function exampleBackend(): Plugin {
  return {
    name: "example-backend",
    configureServer: ({ middlewares }) => attachTo(middlewares),
    configurePreviewServer: ({ middlewares }) => {
      // `vite preview` says "production", where the backend would insist on https.
      process.env["NODE_ENV"] = "development";
      return attachTo(middlewares);
    },
  };
}
