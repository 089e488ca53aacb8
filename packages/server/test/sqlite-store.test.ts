import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createSqliteStore } from "../src/stores/sqlite.js";
import { describeStore, fullRecord } from "./store-conformance.js";
import { createWorld } from "./world.js";

let directory: string;
const file = (): string => join(directory, "sessions.db");
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lockstep-sqlite-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describeStore("sqlite", () => createSqliteStore({ path: file() }));

interface Child {
  readonly output: () => string;
  readonly exited: Promise<number | null>;
  readonly kill: () => void;
}

function startChild(mode: string, name: string): Child {
  const script = fileURLToPath(new URL("fixtures/sqlite-child.mjs", import.meta.url));
  const child = spawn(process.execPath, ["--no-warnings", script, mode, file(), name]);
  let output = "";
  let complaints = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (complaints += chunk));
  const exited = new Promise<number | null>((resolve) => {
    child.on("close", (code) => {
      if (code !== null && code !== 0) console.error(complaints);
      resolve(code);
    });
  });
  return { output: () => output, exited, kill: () => child.kill("SIGKILL") };
}

describe("a SQLite file", () => {
  test("keeps its sessions when it is opened again", async () => {
    const first = createSqliteStore({ path: file() });
    const member = await createWorld({ store: first }).member();
    await member.refresh();
    await first.close();
    const second = createSqliteStore({ path: file() });
    const browser = createWorld({ store: second }).browser();
    expect((await browser.refresh({ jar: member.jar })).body.session.version).toBe(3);
    await second.close();
  });

  test(
    "D9: survives kill -9 in the middle of its work with every acknowledged session intact",
    { timeout: 30_000 },
    async () => {
      for (const round of ["first", "second", "third"]) {
        const child = startChild("insert-until-killed", round);
        while (child.output().split("\n").length < 40) await new Promise((resolve) => setTimeout(resolve, 5));
        child.kill();
        await child.exited;
        const acknowledged = child.output().split("\n").slice(0, -1);
        const store = createSqliteStore({ path: file() });
        for (const id of acknowledged) expect(await store.read(id), id).not.toBeNull();
        await store.close();
        const database = new DatabaseSync(file());
        expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
        database.close();
      }
    },
  );

  test(
    "D8: two processes that race on one record lose no write and make no double",
    { timeout: 30_000 },
    async () => {
      const store = createSqliteStore({ path: file() });
      await store.insert(fullRecord({ id: "shared", revision: 0, generation: 0 }));
      const children = [startChild("race", "left"), startChild("race", "right")];
      expect(await Promise.all(children.map((child) => child.exited))).toEqual([0, 0]);
      expect(await store.read("shared")).toMatchObject({ revision: 200, generation: 200 });
      await store.close();
    },
  );

  test("three processes that create it at the same moment all work", { timeout: 30_000 }, async () => {
    const children = ["a", "b", "c"].map((name) => startChild("insert-once", name));
    expect(await Promise.all(children.map((child) => child.exited))).toEqual([0, 0, 0]);
    const store = createSqliteStore({ path: file() });
    for (const id of ["a", "b", "c"]) expect(await store.read(id)).not.toBeNull();
    await store.close();
  });

  test("writes ahead and syncs fully, so that a power cut loses nothing acknowledged", async () => {
    const store = createSqliteStore({ path: file() });
    const database = new DatabaseSync(file());
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
    database.close();
    await store.close();
  });

  test("R-090: holds no refresh token in the clear", async () => {
    const store = createSqliteStore({ path: file() });
    const member = await createWorld({ store }).member();
    const tokens = [member.token()];
    await member.refresh();
    tokens.push(member.token());
    const database = new DatabaseSync(file());
    const dump = JSON.stringify(database.prepare("SELECT * FROM session").all());
    database.close();
    for (const token of tokens) {
      expect(dump).not.toContain(token);
      expect(dump).not.toContain(token.split(".")[2]);
    }
    await store.close();
  });

  test("a file of a newer version is refused with a typed error and left alone", () => {
    const database = new DatabaseSync(file());
    database.exec("PRAGMA user_version = 99");
    database.close();
    expect(() => createSqliteStore({ path: file() })).toThrow(
      expect.objectContaining({ code: "unsupported_schema" }),
    );
    expect(() => createSqliteStore({ path: "" })).toThrow(
      expect.objectContaining({ code: "invalid_option" }),
    );
  });
});
