/**
 * Browsers that do nothing but listen, each on a socket of its own: forked by `listeners.mjs`, told what to do by messages.
 */
import { connect } from "node:net";
import { createEar } from "./ear.mjs";

/** Connections that are made at a time: fewer than a server lets wait. */
const AT_ONCE = 100;

const ear = createEar();

process.on("message", (message) => void answer(message));
process.on("disconnect", () => process.exit());

async function answer(message) {
  try {
    if ("expect" in message) process.send({ times: await ear.expect(message.expect) });
    else process.send({ opened: await openAll(message) });
  } catch (error) {
    process.send({ failure: String(error) });
  }
}

async function openAll({ port, jars }) {
  const waiting = [...jars];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let jar = waiting.pop(); jar !== undefined; jar = waiting.pop()) await open(port, jar);
    }),
  );
  return jars.length;
}

/** Resolves when the stream has begun. */
function open(port, jar) {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(
        `GET /session/events HTTP/1.1\r\nHost: app.example\r\nSec-Fetch-Site: same-origin\r\nLockstep-Protocol: 1\r\nCookie: ${jar}\r\n\r\n`,
      ),
    );
    socket.setEncoding("latin1");
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      text += String(chunk);
      if (text.includes("event: ended")) {
        socket.removeAllListeners("data");
        ear.hear();
      } else if (!text.startsWith("HTTP/1.1 200")) {
        reject(new Error(`The stream was answered: ${text.slice(0, 300)}`));
      } else if (text.includes("retry:")) {
        resolve();
      }
    });
  });
}
