/** What can go wrong between a tab and its server. */
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Backend, Exchange, Interceptor, RequestRecord } from "./backend.js";

/** A request that the test keeps waiting. */
export interface Held {
  /** Settles once the request has come as far as it is let. */
  readonly reached: Promise<RequestRecord>;
  release(): void;
}

/** What waits for `opened` goes on once the test opens it. */
export function createGate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Holds the next answer, or the next for one tab, back *after* the server has decided: a rotation is committed by then. */
export function holdAnswer(backend: Backend, path = "/session/refresh", tab?: number): Held {
  return hold(backend, path, tab, async ({ decide }, gate) => {
    const response = await decide();
    return gate(response);
  });
}

/** Holds the end of the next answer back: its head has arrived, and its cookies are set. */
export function holdBody(backend: Backend, path = "/session/refresh"): Held {
  return hold(backend, path, undefined, async ({ decide }, gate) => {
    const response = await decide();
    const text = await response.text();
    const halves = [text.slice(0, 10), text.slice(10)];
    const body = new ReadableStream<string>({
      async pull(controller) {
        const half = halves.shift();
        if (half === undefined) return controller.close();
        controller.enqueue(halves.length > 0 ? half : await gate(half));
      },
    });
    return new Response(body.pipeThrough(new TextEncoderStream()), response);
  });
}

/** Holds the next request, or the next of one tab, back *before* the server sees it. */
export function holdRequest(backend: Backend, path = "/session/refresh", tab?: number): Held {
  return hold(backend, path, tab, async ({ decide }, gate) => {
    await gate(null);
    return decide();
  });
}

type Gate = <Value>(value: Value) => Promise<Value>;

function hold(
  backend: Backend,
  path: string,
  tab: number | undefined,
  interceptor: (exchange: Parameters<Interceptor>[0], gate: Gate) => Promise<Response>,
): Held {
  const gate = createGate();
  let arrive = (_record: RequestRecord): void => undefined;
  const reached = new Promise<RequestRecord>((resolve) => (arrive = resolve));
  backend.intercept(
    path,
    (exchange) =>
      interceptor(exchange, async (value) => {
        arrive(exchange.record);
        await gate.opened;
        return value;
      }),
    1,
    tab,
  );
  return { reached, release: gate.open };
}

/** Answers in the server's place. */
export function answering(body: string | null, init: ResponseInit = {}): Interceptor {
  return async () => new Response(body, init);
}

/**
 * Breaks the connection with bytes that are no TLS. Not by closing it: before the first byte of the answer Chromium and
 * Firefox send the request again by themselves, `POST` or not, if the connection had been used before; and half of a head
 * is a whole answer to Firefox.
 */
async function breakOff({ outgoing, wire }: Exchange): Promise<Response> {
  await new Promise<void>((resolve) => void wire.write("nothing that anybody understands", () => resolve()));
  outgoing.destroy();
  return RESPONSE_ALREADY_SENT;
}

/** Breaks the connection; the server has seen nothing. */
export const reset: Interceptor = breakOff;

/** Breaks the connection after the server has decided; nothing of its answer arrives. */
export const resetAfterDeciding: Interceptor = async (exchange) => {
  await exchange.decide();
  return breakOff(exchange);
};

/** Closes the connection after the server has decided and before the first byte: Chromium and Firefox send the request again. */
export const closeAfterDeciding: Interceptor = async ({ outgoing, decide }) => {
  await decide();
  outgoing.socket?.destroy();
  return RESPONSE_ALREADY_SENT;
};

/** Breaks the connection in the middle of the answer's body. */
export const cutInTheMiddle: Interceptor = async ({ outgoing, decide }) => {
  const response = await decide();
  const text = await response.text();
  const headers = Object.fromEntries(response.headers);
  outgoing.writeHead(response.status, {
    ...headers,
    "set-cookie": response.headers.getSetCookie(),
    "content-length": String(Buffer.byteLength(text)),
  });
  outgoing.write(text.slice(0, text.length / 2), () => outgoing.destroy());
  return RESPONSE_ALREADY_SENT;
};

/** Never answers. */
export const hang: Interceptor = () => new Promise(() => undefined);

/** Lets the server decide, and changes the body of its answer. */
export function withBody(change: (body: Record<string, unknown>) => Record<string, unknown>): Interceptor {
  return async ({ decide }) => {
    const response = await decide();
    const headers = new Headers(response.headers);
    headers.delete("content-length");
    const body = change((await response.json()) as Record<string, unknown>);
    return new Response(JSON.stringify(body), { status: response.status, headers });
  };
}
