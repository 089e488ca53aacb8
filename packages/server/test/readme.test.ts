import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { afterAll, describe, expect, test } from "vitest";

import { createMemoryStore, createSessionServer } from "../src/index.js";
import { resolveConfig } from "../src/config.js";
import { readAnswer, request, signingKey } from "./world.js";

const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");
const directory = fileURLToPath(new URL(".tmp/", import.meta.url));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("the README", () => {
  test("its quick start signs in, refreshes, guards an API and signs out", async () => {
    const snippet = /```ts\n([^]+?)```/.exec(readme)?.[1] ?? "";
    mkdirSync(directory, { recursive: true });
    writeFileSync(
      `${directory}quick-start.ts`,
      snippet.replace('"@lockstep/server"', '"../../src/index.js"'),
    );
    const path = "./.tmp/quick-start.ts";
    const { serve } = (await import(path)) as { serve: (request: Request) => Promise<Response> };
    const origin = "https://app.example.com";
    const call = async (
      path: string,
      jar: Map<string, string>,
      body: object,
      authorization: string | null = null,
    ) =>
      readAnswer(
        await serve(
          request(path, { origin, jar, body: JSON.stringify(body), headers: { origin, authorization } }),
        ),
      );
    const jar = new Map<string, string>();
    const signedIn = await call("/login", jar, { name: "ada", password: "lovelace" });
    expect(signedIn.status).toBe(200);
    for (const cookie of signedIn.cookies) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(name, value);
    }
    const refreshed = await call("/session/refresh", jar, { attempt: "a" });
    expect((await call("/api", jar, {}, `Bearer ${refreshed.body.access_token}`)).body).toEqual({
      hello: "ada",
    });
    expect((await call("/api", jar, {})).status).toBe(401);
    expect((await call("/session/sign-out", jar, { scope: "this" })).status).toBe(204);
    expect((await call("/session/refresh", jar, { attempt: "b" })).body.reason).toBe("signed-out");
  });

  test("its table names every option, and the defaults that the code has", () => {
    const options = { store: createMemoryStore(), issuer: "i", audience: "a", signingKeys: [signingKey] };
    const config = resolveConfig(options);
    const row = (option: string): string =>
      readme
        .split("\n")
        .find((line) => line.startsWith(`| \`${option}`))
        ?.replace(/ +/g, " ") ?? "";
    expect(row("accessTokenLifetimeSeconds")).toContain(`| ${config.accessTokenLifetimeMs / 1000} |`);
    expect(row("idleLifetimeSeconds")).toContain(`| ${config.idleLifetimeMs / 1000} |`);
    expect(row("absoluteLifetimeSeconds")).toContain(`| ${config.absoluteLifetimeMs / 1000} |`);
    expect(row("graceSeconds")).toContain(`| ${config.graceMs / 1000} |`);
    expect(row("sameSite")).toContain(`"${config.sameSite}"`);
    expect(row("basePath")).toContain(`"${config.basePath}"`);
    expect(row("cookieName")).toContain(`"${config.cookieName}"`);
    let names = "";
    try {
      createSessionServer({ ...options, mystery: 1 } as never);
    } catch (cause) {
      names = /the options are (.+)\.$/.exec(String(cause))?.[1] ?? "";
    }
    const table = readme.slice(readme.indexOf("## Options"), readme.indexOf("## Security"));
    expect(names.split(", ")).toHaveLength(27);
    for (const name of names.split(", ")) expect(table).toContain(`\`${name}\``);
  });
});
