/**
 * `better-auth` on PostgreSQL, set so that each request prolongs the session: by default it does so once a day, and answers
 * from the database without writing otherwise.
 */
import { createRequire } from "node:module";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { cookiesOf, ORIGIN } from "./browsers.mjs";

/** Pinned exactly. */
const version = createRequire(import.meta.url)("../package.json").devDependencies["better-auth"];

export async function betterAuthOnPostgres(database) {
  const { pool, queries } = database.openPool();
  const options = {
    database: pool,
    baseURL: ORIGIN,
    secret: "of the benchmark, which is gone in a minute",
    // Hashing passwords is not what is measured.
    emailAndPassword: { enabled: true, password: { hash: async (text) => text, verify: async () => true } },
    session: { updateAge: 0, cookieCache: { enabled: false } },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { level: "error" },
  };
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
  const auth = betterAuth(options);
  return {
    kind: "better-auth",
    library: `better-auth ${version}`,
    storeName: "PostgreSQL",
    unit: "queries",
    trips: queries,
    hotShare: () => database.hotShare("public", "session"),
    handler: auth.handler,
    async signIn(name) {
      const response = await auth.api.signUpEmail({
        body: { name, email: `${name}@example.com`, password: "correct horse battery staple" },
        asResponse: true,
      });
      if (response.status !== 200) throw new Error(`The sign-up was answered ${response.status}.`);
      return cookiesOf(response.headers.getSetCookie());
    },
    close: () => pool.end(),
  };
}
