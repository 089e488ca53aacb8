/** What the pages of these tests load: the recipes with the real libraries, and one way to call them all. */
import { isSessionError, type Session } from "@lockstep/core";
import { createTRPCClient } from "@trpc/client";
import { createClient } from "../recipes/apollo.js";
import { createApi as createAxiosApi } from "../recipes/axios.js";
import { createApi as createKyApi } from "../recipes/ky.js";
import { connectSocket } from "../recipes/socket-io.js";
import { createQueryClient } from "../recipes/tanstack-query.js";
import { createLink } from "../recipes/trpc.js";
import { createClients } from "../recipes/urql.js";
import { connectWebSocket } from "../recipes/websocket.js";
import type { AppRouter } from "./recipes-api.js";
import { whoAmI } from "./recipes-screens.js";

export { screens } from "./recipes-screens.js";

/** Asks the API who it thinks this is. Each number is a request of its own. */
export type Call = (call: number, signal: AbortSignal) => Promise<string>;

interface Echo {
  readonly user: string;
}

export const libraries = {
  ky(session): Call {
    const api = createKyApi(session);
    return async (call, signal) =>
      (await api.get("echo", { searchParams: { call }, signal }).json<Echo>()).user;
  },
  axios(session): Call {
    const api = createAxiosApi(session);
    return async (call, signal) => (await api.get<Echo>("/echo", { params: { call }, signal })).data.user;
  },
  apollo(session): Call {
    const client = createClient(session, "/api/graphql");
    return async (call, signal) => {
      const context = { fetchOptions: { signal } };
      const { data } = await client.query({ query: whoAmI, variables: { call }, context });
      return data?.whoAmI ?? "nobody";
    };
  },
  urql(session): Call {
    const { getClient } = createClients(session, "/api/graphql");
    return (call, signal) =>
      new Promise((resolve, reject) => {
        const source = getClient().query(whoAmI, { call });
        const { unsubscribe } = source.subscribe(({ data, error }) => {
          if (error === undefined) resolve(data?.whoAmI ?? "nobody");
          else reject(error);
        });
        signal.addEventListener("abort", () => {
          unsubscribe();
          reject(signal.reason as Error);
        });
      });
  },
  trpc(session): Call {
    const api = createTRPCClient<AppRouter>({ links: [createLink(session, "/api/trpc")] });
    return (call, signal) => api.whoAmI.query({ call }, { signal });
  },
  tanstackQuery(session): Call {
    const client = createQueryClient(session);
    return async (call, signal) => {
      const queryKey = [`/api/echo?call=${call}`];
      signal.addEventListener("abort", () => void client.cancelQueries({ queryKey }));
      return (await client.query<Echo>({ queryKey })).user;
    };
  },
} satisfies Record<string, (session: Session) => Call>;

/** The session's own error in one of a library. */
export function sessionErrorOf(error: unknown): string | undefined {
  const { cause, networkError } = error as { cause?: unknown; networkError?: unknown };
  const own = [networkError, cause, error].find(isSessionError);
  // All that a caller needs: why, and when to ask again.
  return own?.retryAfterMs === undefined ? undefined : own.code;
}

/** The HTTP status that an error tells of, where its library keeps it. */
export function statusOf(error: unknown): number | undefined {
  const { response, statusCode, data, cause } = error as {
    response?: { status: number };
    statusCode?: number;
    data?: { httpStatus: number };
    cause?: unknown;
  };
  return (
    response?.status ?? statusCode ?? data?.httpStatus ?? (typeof cause === "number" ? cause : undefined)
  );
}

/** What became of a promise. Errors are kept where secrets are looked for. */
export async function outcomeOf(promise: Promise<string>): Promise<string> {
  try {
    return await promise;
  } catch (error) {
    const { name, message, stack } = error as Error;
    window.caught.push(JSON.stringify([error, name, message, stack]));
    return `${name} ${statusOf(error) ?? sessionErrorOf(error)}`;
  }
}

/** Reads an answer by axios as it comes. */
export async function streamByAxios(session: Session): Promise<string> {
  const { data } = await createAxiosApi(session).get<ReadableStream<BufferSource>>("/echo", {
    responseType: "stream",
  });
  let text = "";
  for await (const piece of data.pipeThrough(new TextDecoderStream())) text += piece;
  return text;
}

/** Connects, and notes what the server says in `heard`. */
export const sockets = {
  "socket.io": (session: Session, origin: string, heard: string[]) =>
    connectSocket(session, origin, (socket) => {
      socket.on("said", (text: string) => heard.push(text));
    }),
  WebSocket: (session: Session, origin: string, heard: string[]) =>
    connectWebSocket(session, `${origin.replace("https:", "wss:")}/feed`, (socket) => {
      socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
        heard.push((JSON.parse(data) as { text: string }).text);
      });
    }),
};
