/** Opens event streams: by calling the handler, or over TCP from other processes. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { getRequestListener } from "@hono/node-server";
import { ORIGIN } from "./browsers.mjs";
import { createEar } from "./ear.mjs";

/** Processes that hold the other ends of the sockets. */
const CLIENT_PROCESSES = 2;

/**
 * @typedef {object} Listeners
 * @property {() => Promise<void>} open resolves when all streams have begun
 * @property {(places: readonly number[]) => Promise<readonly number[]>} expect resolves with the moments at which the streams at these
 *   places of the list were told
 * @property {() => Promise<void>} close
 */

/**
 * @param {(request: Request) => Promise<Response>} handler
 * @param {readonly string[]} jars the cookies, one for each stream
 * @returns {Promise<Listeners>}
 */
export async function listenInProcess(handler, jars) {
  const ear = createEar();
  async function read(reader) {
    let text = "";
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value);
      if (text.includes("event: ended")) ear.hear();
    }
  }
  return {
    async open() {
      for (const cookie of jars) {
        const headers = { cookie, "sec-fetch-site": "same-origin", "lockstep-protocol": "1" };
        const response = await handler(new Request(`${ORIGIN}/session/events`, { headers }));
        if (response.status !== 200) throw new Error(`The stream was answered ${response.status}.`);
        void read(response.body.getReader());
      }
    },
    expect: (places) => ear.expect(places.length),
    close: async () => undefined,
  };
}

/**
 * @param {(request: Request) => Promise<Response>} handler
 * @param {readonly string[]} jars
 * @returns {Promise<Listeners>}
 */
export async function listenOverHttp(handler, jars) {
  const listener = getRequestListener(handler, { overrideGlobalObjects: false });
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address();
  const script = fileURLToPath(new URL("stream-clients.mjs", import.meta.url));
  const clients = Array.from({ length: CLIENT_PROCESSES }, () =>
    fork(script, { stdio: "inherit", execArgv: [] }),
  );
  const isHeldBy = (place, index) => place % CLIENT_PROCESSES === index;

  async function ask(client, message) {
    client.send(message);
    const [answer] = await once(client, "message");
    if (answer.failure !== undefined) throw new Error(answer.failure);
    return answer;
  }

  return {
    async open() {
      await Promise.all(
        clients.map((client, index) =>
          ask(client, { port, jars: jars.filter((_, place) => isHeldBy(place, index)) }),
        ),
      );
    },
    async expect(places) {
      const counts = clients.map((_, index) => places.filter((place) => isHeldBy(place, index)).length);
      const answers = await Promise.all(
        clients.map((client, index) => ask(client, { expect: counts[index] })),
      );
      return answers.flatMap(({ times }) => times);
    },
    async close() {
      for (const client of clients) {
        client.disconnect();
        await once(client, "exit");
      }
      server.close();
      server.closeAllConnections();
    },
  };
}
