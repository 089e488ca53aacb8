import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { startProxy } from "../../../../examples/cluster/proxy.js";
import { headOf, open, readReply } from "./visitor.js";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  }
});

async function listen(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", () => resolve()));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

/** A port on which nobody listens any more. */
async function listenNoMore(): Promise<URL> {
  const url = await listen(() => undefined);
  await new Promise((resolve) => void servers.pop()?.close(resolve));
  return url;
}

async function proxyTo(...targets: URL[]): Promise<string> {
  const { url, server } = await startProxy(0, () => targets);
  servers.push(server);
  return url;
}

const post = (url: string) => readReply(open(url, "/", "POST").end("body"));

describe("the proxy of examples/cluster", () => {
  test("skips a server that is not there, and hands the body to the next", async () => {
    const live = await listen((incoming, outgoing) => void text(incoming).then((body) => outgoing.end(body)));
    const url = await proxyTo(await listenNoMore(), live, await listenNoMore());
    for (let count = 0; count < 6; count += 1)
      expect(await post(url)).toMatchObject({ status: 200, text: "body" });
  });

  test("says 503 when nobody is there", async () => {
    const dead = await listenNoMore();
    for (const url of [await proxyTo(), await proxyTo(dead)])
      expect(await post(url)).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
  });

  test("says 502 when a server breaks off, and sends nothing a second time", async () => {
    let arrived = 0;
    const breaking: RequestListener = (incoming) => {
      arrived += 1;
      incoming.socket.destroy();
    };
    const url = await proxyTo(await listen(breaking), await listen(breaking));
    expect([(await post(url)).status, arrived]).toEqual([502, 1]);
  });

  test("breaks off what a server breaks off, so that nobody takes half an answer for a whole one", async () => {
    const url = await proxyTo(await listen((_incoming, outgoing) => void outgoing.write("half")));
    const answer = await headOf(open(url, "/").end());
    const broken = new Promise((resolve) => void answer.once("close", () => resolve(answer.complete)));
    answer.on("error", () => undefined).once("data", () => servers[0]?.closeAllConnections());
    expect(await broken).toBe(false);
  });

  test.each([
    ["before the answer", false],
    ["amid the answer", true],
  ])("lets go of the server when the browser goes, %s", async (_when, hasBegun) => {
    let arrive: () => void;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    let leave: () => void;
    const left = new Promise<void>((resolve) => (leave = resolve));
    const address = await listen((_incoming, outgoing) => {
      outgoing.on("close", () => leave());
      if (hasBegun) outgoing.flushHeaders();
      arrive();
    });
    const sent = open(await proxyTo(address), "/").on("error", () => undefined);
    sent.end();
    await (hasBegun ? headOf(sent) : arrived);
    sent.destroy();
    await expect(left).resolves.toBeUndefined();
  });

  test("leaves cookies apart, and connections out of it", async () => {
    const url = await proxyTo(
      await listen((incoming, outgoing) => {
        outgoing.setHeader("set-cookie", ["a=1", "b=2"]);
        outgoing.end(JSON.stringify(incoming.headers));
      }),
    );
    const reply = await readReply(
      open(url, "/", "GET", { "keep-alive": "timeout=7", host: "app.example" }).end(),
    );
    expect(reply.cookies).toEqual(["a=1", "b=2"]);
    const passedOn = JSON.parse(reply.text) as Record<string, string>;
    expect(passedOn).toMatchObject({ host: "app.example", origin: "https://app.example" });
    expect(passedOn).not.toHaveProperty("keep-alive");
  });
});
