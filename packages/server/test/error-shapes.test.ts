import { describe, expect, test } from "vitest";

import { createMemoryStore } from "../src/index.js";
import { createWorld, request, type RequestParts } from "./world.js";

const malformed: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["no JSON", "{"],
  ["an array", "[]"],
  ["a string", '"x"'],
  ["null", "null"],
  ["no attempt", "{}"],
  ["an empty attempt", '{"attempt":""}'],
  ["an attempt of 65 characters", `{"attempt":"${"a".repeat(65)}"}`],
  ["an attempt with a space", '{"attempt":"a b"}'],
  ["an attempt that ends in a line break", '{"attempt":"a\\n"}'],
  ["an attempt that is a number", '{"attempt":1}'],
  ["an attempt in the prototype", '{"__proto__":{"attempt":"a"}}'],
  ["a negative activity age", '{"attempt":"a","activity_age":-1}'],
  ["an endless activity age", '{"attempt":"a","activity_age":1e999}'],
  ["an activity age of null", '{"attempt":"a","activity_age":null}'],
  ["an activity age in words", '{"attempt":"a","activity_age":"5"}'],
];

describe("errors have one shape (RFC 6749 section 5.2) and touch nothing", () => {
  test.each(malformed)("a refresh body with %s is an invalid_request", async (_, body) => {
    const world = createWorld({ graceSeconds: 0 });
    const member = await world.member();
    const response = await world.server.handler(request("/session/refresh", { jar: member.jar, body }));
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: "invalid_request",
      error_description: expect.stringMatching(/^[\x20-\x7e]+$/),
    });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect((await member.refresh()).body.session.version).toBe(2);
  });

  test("a body that is not UTF-8 is an invalid_request", async () => {
    const world = createWorld();
    const base = request("/session/refresh", { headers: { "content-type": "application/json" } });
    const broken = new Request(base, { body: new Uint8Array([0x22, 0xff, 0xfe, 0x22]), method: "POST" });
    expect((await world.server.handler(broken)).status).toBe(400);
  });

  test("a body whose sender goes away is an invalid_request", async () => {
    const world = createWorld();
    const stream = new ReadableStream({ start: (controller) => controller.error(new Error("reset")) });
    const init = { body: stream, method: "POST", duplex: "half" } as RequestInit;
    expect((await world.server.handler(new Request(request("/session/refresh"), init))).status).toBe(400);
  });

  test.each(['{"scope":"everyone"}', '{"scope":null}', "[1]"])(
    "a sign-out body of %s is an invalid_request",
    async (body) => {
      const world = createWorld({ graceSeconds: 0 });
      const member = await world.member();
      expect(
        (await world.server.handler(request("/session/sign-out", { jar: member.jar, body }))).status,
      ).toBe(400);
      expect((await member.refresh()).status).toBe(200);
    },
  );

  test("unknown members are ignored, and a body of 4096 bytes is read", async () => {
    const world = createWorld({ graceSeconds: 0 });
    const member = await world.member();
    const body = JSON.stringify({ attempt: "a", future: "" }).replace('""', `"${"x".repeat(4096 - 27)}"`);
    expect(body).toHaveLength(4096);
    expect((await world.server.handler(request("/session/refresh", { jar: member.jar, body }))).status).toBe(
      200,
    );
    const larger = await world.server.handler(
      request("/session/refresh", { jar: member.jar, body: `${body} ` }),
    );
    expect([larger.status, (await larger.json()).error]).toEqual([413, "content_too_large"]);
  });

  test("an endless body, and one that lies about its length, are cut off", async () => {
    const world = createWorld();
    let sent = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        sent += 1024;
        controller.enqueue(new Uint8Array(1024).fill(0x20));
      },
    });
    const init = { body: endless, method: "POST", duplex: "half" } as RequestInit;
    const lying = new Request(request("/session/refresh", { headers: { "content-length": "10" } }), init);
    expect((await world.server.handler(lying)).status).toBe(413);
    expect(sent).toBeLessThan(16_384);
    const announced = request("/session/refresh", { body: "{}", headers: { "content-length": "5000" } });
    expect((await world.server.handler(announced)).status).toBe(413);
  });

  test.each<[number, string, string, RequestParts]>([
    [403, "request_forgery", "/session/refresh", { headers: { origin: "null" } }],
    [404, "not_found", "/session/nothing", {}],
    [405, "method_not_allowed", "/session/refresh", { method: "GET" }],
    [405, "method_not_allowed", "/session/jwks.json", {}],
    [415, "unsupported_media_type", "/session/refresh", { headers: { "content-type": "text/plain" } }],
  ])("%i %s", async (status, error, path, parts) => {
    const response = await createWorld().server.handler(request(path, parts));
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({
      error,
      error_description: expect.stringMatching(/^[\x20-\x7e]+$/),
    });
  });

  test("a definitive end is told from every other 401 by its body", async () => {
    const answer = await createWorld().browser().refresh();
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({
      error: "session_ended",
      error_description: "The session is over. Sign in again.",
      reason: "no-session",
    });
  });

  test("a damaged record is a 500 that ends nothing", async () => {
    const memory = createMemoryStore();
    const world = createWorld({ store: memory });
    const member = await world.member();
    const old = new Map(member.jar);
    await member.refresh();
    const record = await memory.read(member.token().split(".")[0] ?? "");
    if (record?.predecessor == null) return expect.unreachable();
    const predecessor = { ...record.predecessor, sealedSuccessor: "damaged" };
    await memory.compareAndSet(record.id, record.revision, {
      ...record,
      revision: record.revision + 1,
      predecessor,
    });
    const answer = await member.refresh({ jar: old });
    expect(answer.status).toBe(500);
    expect(answer.body.error).toBe("server_error");
    expect(answer.cookies).toEqual([]);
    expect((await member.refresh()).status).toBe(200);
  });
});
