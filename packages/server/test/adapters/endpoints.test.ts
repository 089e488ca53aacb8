import { afterEach, describe, expect, test } from "vitest";
import type { GrantBody, SessionServerOptions } from "../../src/index.js";
import { clientAddress } from "../recipes/client-address.js";
import { createWorld, ORIGIN } from "../world.js";
import { frameworks, type Application } from "./frameworks.js";
import { createVisitor, headOf, open, readReply, type Reply } from "./visitor.js";

const partner = "https://partner.example";
const unsent = 1_000_000;

const grantIn = (reply: Reply): GrantBody => JSON.parse(reply.text) as GrantBody;
const bearer = (grant: GrantBody) => ({ authorization: `Bearer ${grant.access_token}` });
const namesOf = (reply: Reply): string[] => reply.cookies.map((line) => line.slice(0, line.indexOf("=")));

describe.each(Object.entries(frameworks))("on %s", (_name, start) => {
  let app: Application;
  afterEach(async () => {
    app.server.closeAllConnections();
    await app.stop();
  });

  async function visit(options: Partial<SessionServerOptions> = {}) {
    app = await start(createWorld({ clientAddress, publicOrigin: ORIGIN, ...options }).server);
    return createVisitor(app.address);
  }

  test("a sign-in, a refresh and a sign-out answer as they do anywhere", async () => {
    const visitor = await visit();
    expect((await visitor.send("/sign-in", { body: { name: "eve" } })).status).toBe(403);
    expect((await visitor.send("/sign-in", { body: { name: "ada" } })).status).toBe(200);
    const refreshed = await visitor.send("/session/refresh", { body: { attempt: "a" } });
    expect([refreshed.status, grantIn(refreshed).session.version]).toEqual([200, 2]);
    const out = await visitor.send("/session/sign-out", { body: { scope: "all" } });
    expect([out.status, out.text, visitor.jar.size]).toEqual([204, "", 0]);
  });

  test("R-100: two cookies are two lines of the answer, for the public origin", async () => {
    const visitor = await visit();
    const answers = [
      await visitor.send("/sign-in", { body: { name: "ada" } }),
      await visitor.send("/session/refresh", { body: { attempt: "a" } }),
      await visitor.send("/session/sign-out"),
    ];
    for (const answer of answers) {
      expect(namesOf(answer)).toEqual(["__Host-lockstep", "__Host-lockstep-version"]);
      expect(answer.cookies.every((line) => line.includes("; Secure"))).toBe(true);
    }
  });

  test("a 401 has its body, and says why the session is over", async () => {
    const visitor = await visit();
    await visitor.send("/sign-in", { body: { name: "ada" } });
    const stolen = [...visitor.jar].map(([name, value]) => `${name}=${value}`).join("; ");
    await visitor.send("/session/sign-out");
    const late = await visitor.send("/session/refresh", {
      body: { attempt: "a" },
      headers: { cookie: stolen },
    });
    expect(late.status).toBe(401);
    expect(late.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(late.text)).toMatchObject({ error: "session_ended", reason: "signed-out" });
  });

  test("an API is open to who brings a token, and to nobody else", async () => {
    const visitor = await visit();
    const grant = grantIn(await visitor.send("/sign-in", { body: { name: "ada" } }));
    const mine = await visitor.send("/api/me", { method: "GET", headers: bearer(grant) });
    expect([mine.status, JSON.parse(mine.text)]).toEqual([200, { userId: "ada" }]);
    const nobodys = await visitor.send("/api/me", { method: "GET" });
    expect(nobodys.status).toBe(401);
    expect(nobodys.headers["www-authenticate"]).toMatch(/^Bearer/);
  });

  test("HEAD, OPTIONS, DELETE and methods that are not there reach the endpoints too", async () => {
    const visitor = await visit({ allowedOrigins: [partner] });
    const keys = await visitor.send("/session/jwks.json", { method: "GET" });
    const head = await visitor.send("/session/jwks.json", { method: "HEAD" });
    expect([head.status, head.text]).toEqual([200, ""]);
    expect(head.headers["content-type"]).toBe(keys.headers["content-type"]);
    const preflight = await visitor.send("/session/refresh", {
      method: "OPTIONS",
      headers: { origin: partner, "access-control-request-method": "POST" },
    });
    expect([preflight.status, preflight.headers["access-control-allow-methods"]]).toEqual([204, "POST"]);
    const wrong = await visitor.send("/session/refresh", { method: "GET" });
    expect([wrong.status, wrong.headers.allow]).toEqual([405, "POST, OPTIONS"]);
    const grant = grantIn(await visitor.send("/sign-in", { body: { name: "ada" } }));
    const path = `/session/sessions/${grant.session.id}`;
    expect((await visitor.send(path, { method: "DELETE", headers: bearer(grant) })).status).toBe(204);
  });

  test("a body that is too large is refused before it is there", async () => {
    await visit();
    const type = { "content-type": "application/json" };
    const declared = open(app.address, "/session/refresh", "POST", {
      ...type,
      "content-length": String(unsent),
    });
    declared.write("{");
    expect((await headOf(declared)).statusCode).toBe(413);
    declared.destroy();
    const endless = open(app.address, "/session/refresh", "POST", {
      ...type,
      "transfer-encoding": "chunked",
    });
    endless.write(`{"attempt":"${"a".repeat(8192)}`);
    expect((await headOf(endless)).statusCode).toBe(413);
    endless.destroy();
  });

  test("the list of sessions tells the address that the framework saw", async () => {
    const visitor = await visit();
    const grant = grantIn(await visitor.send("/sign-in", { body: { name: "ada" } }));
    const list = await visitor.send("/session/sessions", {
      method: "GET",
      headers: { ...bearer(grant), "x-forwarded-for": "192.0.2.1" },
    });
    expect(JSON.parse(list.text)).toMatchObject({ sessions: [{ address: "127.0.0.1", current: true }] });
  });

  test("R-110: what a proxy, or anybody, says of the host changes nothing", async () => {
    const visitor = await visit();
    await visitor.send("/sign-in", { body: { name: "ada" } });
    const told = { host: "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" };
    const refresh = (headers: Record<string, string>): Promise<Reply> =>
      visitor.send("/session/refresh", { body: { attempt: "a" }, headers });
    expect((await refresh({ ...told, origin: "https://evil.example" })).status).toBe(403);
    expect((await refresh(told)).status).toBe(200);
  });

  test("a path is the endpoint's own, to the letter", async () => {
    await visit();
    for (const path of ["/session/refresh/x.css", "/session/refresh/", "/session//refresh"]) {
      const sent = open(app.address, path, "POST", { "content-type": "application/json" });
      expect([path, (await readReply(sent.end('{"attempt":"a"}'))).status]).toEqual([path, 404]);
    }
  });
});
