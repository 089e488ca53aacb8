/** Puts a contestant behind Node's http server, and its browsers into another process. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { getRequestListener } from "@hono/node-server";

/**
 * @param {object} contestant
 * @param {readonly string[]} jars the cookies of its browsers
 */
export async function overHttp({ kind, handler }, jars) {
  const listener = getRequestListener(handler, { overrideGlobalObjects: false });
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const child = fork(fileURLToPath(new URL("http-load.mjs", import.meta.url)), { stdio: "inherit" });
  child.send({ kind, jars, port: server.address().port });
  await once(child, "message");
  return {
    async renewFor(clients, lastingMs) {
      child.send({ clients, lastingMs });
      const [{ result, failure }] = await once(child, "message");
      if (failure !== undefined) throw new Error(failure);
      return result;
    },
    async close() {
      child.disconnect();
      await once(child, "exit");
      server.close();
      server.closeAllConnections();
    },
  };
}
