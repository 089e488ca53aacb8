/** The session endpoints. In your application: a store that outlives the process, and a key kept with your other secrets. */
import {
  createMemoryStore,
  createSessionServer,
  generateSigningKey,
  type SessionServer,
} from "@lockstep/server";
import { once } from "./shared.ts";

/** What browsers have in their address bar, such as `https://notes.example.com`. Behind a proxy no request tells it. */
const publicOrigin = process.env["PUBLIC_ORIGIN"];

async function create(): Promise<SessionServer> {
  const sessions = createSessionServer({
    store: createMemoryStore(),
    issuer: publicOrigin ?? "http://localhost",
    audience: "notes",
    signingKeys: [await generateSigningKey()],
    publicOrigin,
    // Without mercy, to show that nobody needs it. The default is 30: see the README of `@lockstep/server`.
    graceSeconds: 0,
    // Allows http://localhost, and throws in production: there `PUBLIC_ORIGIN` has to be set.
    development: publicOrigin === undefined,
  });
  process.once("SIGTERM", () => {
    // Next waits for the answers under way, and an event stream has no end of its own.
    sessions.closeStreams();
    // It waits for connections on which browsers have asked nothing, too, and without a limit. 143 is what it ends with itself.
    setTimeout(() => {
      console.warn("Ended with connections open.");
      process.exit(143);
    }, 5_000).unref();
  });
  return sessions;
}

/** Made with the first request, not while Next builds. */
export function sessionServer(): Promise<SessionServer> {
  return once("sessions", create);
}
