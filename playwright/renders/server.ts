/** One server for all: the pages, Lockstep's real session endpoints, and the stubs of the others'. */
import { startBackend, type Backend } from "../support/backend.js";
import { answering } from "../support/faults.js";
import { bundlePage } from "./bundle.js";
import { addStubs, type Service } from "./stubs.js";

const html =
  '<!doctype html><meta charset="utf-8"><title>Renders</title><ul></ul><script type="module" src="/renders.js"></script>';

export interface Server {
  readonly backend: Backend;
  readonly service: Service;
}

export async function startServer(): Promise<Server> {
  const backend = await startBackend(await bundlePage(), {
    lifetimeSeconds: 300,
    // The clocks of the pages move on, and nobody touches them: that must not end the session.
    idleSeconds: 12 * 60 * 60,
  });
  backend.intercept("/page", answering(html, { headers: { "content-type": "text/html" } }));
  return { backend, service: addStubs(backend) };
}
