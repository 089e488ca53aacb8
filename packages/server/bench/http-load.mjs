/**
 * Browsers in a process of their own, which reach a server over TCP: forked by `over-http.mjs`, told what to do by messages.
 */
import { Agent, request as startRequest } from "node:http";
import { browsers as kinds } from "./browsers.mjs";
import { renewFor } from "./load.mjs";

const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
let port;
let browsers = [];

process.on("message", (message) => void answer(message));
process.on("disconnect", () => process.exit());

async function answer(message) {
  if ("jars" in message) {
    ({ port } = message);
    browsers = message.jars.map(kinds[message.kind]);
    process.send({ ready: true });
    return;
  }
  try {
    process.send({ result: await renewFor(browsers.slice(0, message.clients), send, message.lastingMs) });
  } catch (error) {
    process.send({ failure: String(error) });
  }
}

function send({ method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const outgoing = startRequest({ host: "127.0.0.1", port, agent, method, path, headers }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk) => (text += chunk));
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode,
          setCookies: incoming.headers["set-cookie"] ?? [],
          body: text,
        }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
