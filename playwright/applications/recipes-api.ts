/** The API that the recipes call, by the real servers: REST, GraphQL and tRPC, all for holders of a token only. */
import { initTRPC, TRPCError } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { buildSchema, graphql } from "graphql";
import { z } from "zod";
import type { Backend, Exchange } from "../support/backend.js";

const schema = buildSchema("type Query { whoAmI(call: Int!): String! }");

const t = initTRPC.context<{ readonly user: string }>().create();
const router = t.router({
  whoAmI: t.procedure.input(z.object({ call: z.number() })).query(({ ctx }) => ctx.user),
});
export type AppRouter = typeof router;

interface Echo {
  readonly user: string;
  readonly body: string;
}

async function answerGraphql({ user, body }: Echo): Promise<Response> {
  const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> };
  const rootValue = { whoAmI: () => user };
  return Response.json(await graphql({ schema, source: query, variableValues: variables, rootValue }));
}

async function answer({ request, decide }: Exchange): Promise<Response> {
  const { pathname } = new URL(request.url);
  // The backend itself verifies the token; what it answers says whose it is.
  const gate = await decide();
  if (pathname.startsWith("/api/trpc"))
    return fetchRequestHandler({
      endpoint: "/api/trpc",
      req: new Request(request.url, { headers: request.headers }),
      router,
      // Here, and not in a procedure: a batch is refused as a whole then, with a 401 that `session.fetch` knows.
      async createContext() {
        if (!gate.ok) throw new TRPCError({ code: "UNAUTHORIZED" });
        return (await gate.json()) as Echo;
      },
    });
  if (pathname === "/api/graphql" && gate.ok) return answerGraphql((await gate.json()) as Echo);
  return gate;
}

export interface Api {
  /** From now on requests are left without an answer. */
  hold(): void;
  /** Answers them, and those to come. */
  release(): void;
  /** How many requests were held, how many of them still wait, and how many were given up meanwhile. */
  readonly asked: number;
  readonly waiting: number;
  readonly givenUp: number;
}

export function startApi(backend: Backend): Api {
  let gate: { readonly opened: Promise<void>; readonly open: () => void } | null = null;
  let asked = 0;
  let waiting = 0;
  let givenUp = 0;
  backend.intercept("/api/", async (exchange) => {
    if (gate !== null) {
      asked += 1;
      waiting += 1;
      const closed = new Promise<void>((resolve) => {
        exchange.outgoing.once("close", () => {
          givenUp += 1;
          resolve();
        });
      });
      await Promise.race([gate.opened, closed]);
      waiting -= 1;
    }
    return answer(exchange);
  });
  return {
    hold() {
      let open = (): void => undefined;
      const opened = new Promise<void>((resolve) => (open = resolve));
      gate = { opened, open };
    },
    release() {
      gate?.open();
      gate = null;
    },
    get asked() {
      return asked;
    },
    get waiting() {
      return waiting;
    },
    get givenUp() {
      return givenUp;
    },
  };
}
