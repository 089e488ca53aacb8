/** A page that holds the SDK's adapters to the conformance suites of their ports, and a server in the moods that it asks for. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { createCertificate } from "./certificate.js";
import { endServer } from "./end-server.js";

const entry = fileURLToPath(new URL("../../packages/core/test/conformance/page.ts", import.meta.url));

const grant = {
  access_token: "opaque",
  token_type: "Bearer",
  expires_in: 300,
  session: { id: "s1", version: 4, auth_time: 1_700_000_000 },
  user: { id: "ada" },
};

const html =
  '<!doctype html><meta charset="utf-8"><title>Conformance</title><script type="module" src="/page.js"></script>';

export interface ConformancePage {
  readonly url: string;
  close(): Promise<void>;
}

async function bundle(): Promise<string> {
  const built = await rolldown({ input: entry, platform: "browser", logLevel: "silent" });
  const { output } = await built.generate({ format: "esm", codeSplitting: false });
  await built.close();
  const [{ code }] = output;
  return code;
}

function answerJson(outgoing: ServerResponse, status: number, body: unknown): void {
  outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** What `/<mood>/refresh` and `/<mood>/sign-out` get. */
const moods: Readonly<Record<string, (outgoing: ServerResponse, path: string) => void>> = {
  works(outgoing, path) {
    if (path === "sign-out") outgoing.writeHead(204).end();
    else answerJson(outgoing, 200, grant);
  },
  ended: (outgoing) => answerJson(outgoing, 401, { error: "session_ended", reason: "no-session" }),
  busy: (outgoing) => void outgoing.writeHead(503, { "content-type": "text/html" }).end("<h1>busy</h1>"),
  unreachable: (outgoing) => void outgoing.destroy(),
};

function answer(script: string, { url = "/" }: IncomingMessage, outgoing: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, "https://localhost");
  const [, first = "", second = ""] = pathname.split("/");
  const inMood = moods[first];
  if (inMood !== undefined) inMood(outgoing, second);
  else if (first === "page.js") outgoing.writeHead(200, { "content-type": "text/javascript" }).end(script);
  else if (first === "" || first === "frame")
    outgoing.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(html);
  else if (first === "set-mark") {
    const cookie = `__Host-lockstep-version=${searchParams.get("value")}; Path=/; Secure; SameSite=Strict`;
    outgoing.writeHead(204, { "set-cookie": cookie }).end();
  } else outgoing.writeHead(404).end();
}

export async function startConformancePage(): Promise<ConformancePage> {
  const script = await bundle();
  const { key, cert } = createCertificate();
  const server = createServer({ key, cert }, (incoming, outgoing) => {
    // A body that nobody reads would keep the connection from being used again.
    incoming.resume();
    incoming.on("end", () => answer(script, incoming, outgoing));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}/`,
    close: () => endServer(server),
  };
}
