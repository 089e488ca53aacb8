import { request, type Agent, type ClientRequest, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { ORIGIN } from "../world.js";

/** What came over the wire. */
export interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  /** One for each line of the answer that sets one. */
  readonly cookies: readonly string[];
  readonly text: string;
}

export interface Call {
  readonly method?: string;
  readonly body?: object;
  /** `undefined` removes what would be sent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Begins a request as a browser on the public origin does, through a proxy that ends TLS. Each has its own connection. */
export function open(
  address: string,
  path: string,
  method = "GET",
  headers: Call["headers"] = {},
  agent: Agent | false = false,
): ClientRequest {
  return request(new URL(path, address), {
    agent,
    method,
    headers: { origin: ORIGIN, "sec-fetch-site": "same-origin", "lockstep-protocol": "1", ...headers },
  });
}

/** Resolves when the head of the answer is there; nothing of the body is read. */
export function headOf(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => void sent.once("response", resolve).once("error", reject));
}

export async function readReply(sent: ClientRequest): Promise<Reply> {
  const answer = await headOf(sent);
  const { rawHeaders, headers, statusCode } = answer;
  const cookies = rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === "set-cookie");
  return { status: statusCode, headers, cookies, text: await text(answer) };
}

/** A browser with a cookie jar. */
export interface Visitor {
  readonly jar: Map<string, string>;
  readonly send: (path: string, call?: Call) => Promise<Reply>;
}

/** @param origin what is in its address bar */
export function createVisitor(address: string, origin = ORIGIN): Visitor {
  const jar = new Map<string, string>();
  return {
    jar,
    send: async (path, { method = "POST", body, headers } = {}) => {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
      const sent = open(address, path, method, {
        origin,
        ...(cookie === "" ? {} : { cookie }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      });
      sent.end(body === undefined ? undefined : JSON.stringify(body));
      const reply = await readReply(sent);
      for (const line of reply.cookies) {
        const [, name = "", value = "", maxAge] = /^([^=]+)=([^;]*);.*Max-Age=(\d+)/.exec(line) ?? [];
        if (maxAge === "0") jar.delete(name);
        else jar.set(name, value);
      }
      return reply;
    },
  };
}
