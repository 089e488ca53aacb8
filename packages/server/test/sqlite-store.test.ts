import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import type { StoreNotice } from "../src/index.js";
import { createSqliteStore } from "../src/stores/sqlite.js";
import { describeStore, fullRecord } from "./store-conformance.js";
import { createWorld } from "./world.js";

let directory: string;
const file = (): string => join(directory, "sessions.db");
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lockstep-sqlite-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const write = (document: string) => async (id: string) => {
  const database = new DatabaseSync(file());
  database.prepare("UPDATE session SET document = ? WHERE id = ?").run(document, id);
  database.close();
};

describeStore("sqlite", () => createSqliteStore({ path: file() }), {
  "a document that was cut off": write('{"familyKey":"secret'),
  "a document that is none": write("null"),
});

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

/** A process between its first lock and the write-ahead log: SQLite refuses at once whoever comes then. */
const holdsWhileCreating = `
  const { DatabaseSync } = require("node:sqlite");
  const { parentPort, workerData } = require("node:worker_threads");
  const database = new DatabaseSync(workerData);
  database.exec("BEGIN IMMEDIATE");
  parentPort.postMessage("locked");
  setTimeout(() => database.exec("COMMIT"), 100);
`;

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

  test("R-084: who opens it while another process is creating it waits for that", async () => {
    const holder = new Worker(holdsWhileCreating, { eval: true, workerData: file() });
    await once(holder, "message");
    const store = createSqliteStore({ path: file() });
    await store.insert(fullRecord({ id: "shared" }));
    expect(await store.read("shared")).not.toBeNull();
    await store.close();
    await holder.terminate();
  });

  test("writes ahead and syncs fully, so that a power cut loses nothing acknowledged", async () => {
    const store = createSqliteStore({ path: file() });
    const database = new DatabaseSync(file());
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 2 });
    database.close();
    await store.close();
  });

  test("R-143: tells of sessions that another process has ended", { timeout: 30_000 }, async () => {
    const store = createSqliteStore({ path: file() });
    await store.insert(fullRecord({ id: "shared", userId: "somebody" }));
    const heard: StoreNotice[] = [];
    const stop = await store.watch((notice) => heard.push(notice));
    const child = startChild("revoke", "somebody");
    expect(await child.exited).toBe(0);
    await vi.waitFor(() => expect(heard).toEqual([{ kind: "news", sessionId: "shared" }]));
    await stop();
    await store.close();
  });

  test("tells of a session that somebody ends by hand, in SQL", async () => {
    const store = createSqliteStore({ path: file() });
    await store.insert(fullRecord());
    const heard: StoreNotice[] = [];
    await store.watch((notice) => heard.push(notice));
    const database = new DatabaseSync(file());
    database.exec("UPDATE session SET revision = revision + 1, end_reason = 'revoked', end_at = 1");
    database.close();
    await vi.waitFor(() => expect(heard).toEqual([{ kind: "news", sessionId: fullRecord().id }]));
    await store.close();
  });

  test("R-093: no rotation undoes an end that somebody wrote by hand and forgot the revision", async () => {
    const store = createSqliteStore({ path: file() });
    await store.insert(fullRecord());
    const database = new DatabaseSync(file());
    database.exec("UPDATE session SET end_reason = 'revoked', end_at = 1");
    database.close();
    expect(await store.compareAndSet(fullRecord().id, 1, fullRecord({ revision: 2 }))).toBe(false);
    expect((await store.read(fullRecord().id))?.end).toEqual({ reason: "revoked", at: 1 });
    await store.close();
  });

  test("forgets old news, and keeps what somebody may not have read yet", async () => {
    const store = createSqliteStore({ path: file() });
    const database = new DatabaseSync(file());
    database.exec("INSERT INTO session_news (session_id, at) VALUES ('old', unixepoch() - 3700)");
    database.exec("INSERT INTO session_news (session_id, at) VALUES ('recent', unixepoch() - 3500)");
    await store.deleteExpired(0);
    expect(database.prepare("SELECT session_id FROM session_news").all()).toEqual([{ session_id: "recent" }]);
    database.close();
    await store.close();
  });

  test("opens a file of the first version, keeps its sessions and tells of their end", async () => {
    const database = new DatabaseSync(file());
    database.exec(readFileSync(new URL("fixtures/sqlite-version-1.sql", import.meta.url), "utf8"));
    database.close();
    const store = createSqliteStore({ path: file() });
    const record = await store.read("kept");
    expect(record).toEqual(fullRecord({ id: "kept", staleGeneration: 0 }));
    const heard: StoreNotice[] = [];
    await store.watch((notice) => heard.push(notice));
    await store.revokeByUser("ada", { reason: "revoked", at: 5 });
    await vi.waitFor(() => expect(heard).toHaveLength(1));
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
