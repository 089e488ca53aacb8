/**
 * The endpoints that the other libraries ask, as their own servers answer them. What is not asked here is not there.
 *
 * @see next-auth 4.24: `core/routes/session.js`, `core/routes/signout.js`, `core/index.js`
 * @see better-auth 1.7: `api/routes/session.mjs`, `api/routes/sign-out.mjs`
 */
import type { Backend } from "../support/backend.js";

/** What the servers know, and how they are. */
export interface Service {
  /** Of the stubs. A session of Lockstep is the real server's. */
  signedIn: boolean;
  /** All session endpoints answer 503. */
  down: boolean;
}

const noStore = { "cache-control": "private, no-cache, no-store" };
const begin = new Date();
const daysLater = (days: number, since = new Date()): string =>
  new Date(since.getTime() + days * 86_400_000).toISOString();

type Endpoint = (service: Service) => Response;

function signOut(service: Service, answer: object): Response {
  service.signedIn = false;
  return Response.json(answer);
}

const endpoints: Readonly<Record<string, Endpoint>> = {
  // With the default strategy each answer signs the cookie anew and moves `expires`.
  "GET /api/auth/session": ({ signedIn }) =>
    Response.json(
      signedIn ? { user: { name: "Ann", email: "ann@example.com" }, expires: daysLater(30) } : {},
      { headers: noStore },
    ),
  "GET /api/auth/csrf": () => Response.json({ csrfToken: "0123456789abcdef" }, { headers: noStore }),
  "POST /api/auth/signout": (service) => signOut(service, { url: "https://localhost/" }),
  "POST /api/auth/_log": () => Response.json({}),

  // A session's dates stay the same for a day: `updateAge`.
  "GET /api/auth/get-session": ({ signedIn }) =>
    Response.json(
      signedIn
        ? {
            session: {
              id: "8a7f2c",
              userId: "ann",
              token: "0123456789abcdef",
              createdAt: begin.toISOString(),
              updatedAt: begin.toISOString(),
              expiresAt: daysLater(7, begin),
              ipAddress: "",
              userAgent: "",
            },
            user: {
              id: "ann",
              name: "Ann",
              email: "ann@example.com",
              emailVerified: true,
              image: null,
              createdAt: begin.toISOString(),
              updatedAt: begin.toISOString(),
            },
          }
        : null,
      { headers: noStore },
    ),
  "POST /api/auth/sign-out": (service) => signOut(service, { success: true }),
};

/** As a proxy whose server is being restarted. */
const unavailable = (): Response =>
  new Response("Service Unavailable", {
    status: 503,
    headers: { "content-type": "text/plain", "retry-after": "60" },
  });

/** Adds the stubs to a server that has Lockstep's own endpoints already. */
export function addStubs(backend: Backend): Service {
  const service: Service = { signedIn: true, down: false };
  backend.intercept("/session/", async ({ decide }) => (service.down ? unavailable() : decide()));
  backend.intercept("/api/auth/", async ({ request, record }) => {
    if (service.down) return unavailable();
    const endpoint = endpoints[`${request.method} ${record.path}`];
    if (endpoint === undefined) throw new Error(`Nobody knows ${request.method} ${record.path}.`);
    return endpoint(service);
  });
  return service;
}
