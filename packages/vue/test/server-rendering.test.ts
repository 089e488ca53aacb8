import { createSession } from "@lockstep/core";
import { createLockstep, createSessionGuard, useSession, type RegisteredSnapshot } from "@lockstep/vue";
import { renderToString } from "@vue/server-renderer";
import { createSSRApp, h, type Component } from "vue";
import { expect, it, vi } from "vitest";
import { forbidWarnings } from "./warnings.js";

/** One for all requests, as a module of an application has it. */
const session = createSession();

const known: RegisteredSnapshot = {
  status: "authenticated",
  problem: null,
  sessionId: "s1",
  user: { id: "ada", name: "Ada" },
  claims: { sub: "ada" },
  authTime: null,
  acr: null,
  expiresAt: null,
  warning: null,
};

const Everything: Component = {
  setup() {
    const { status, user, claims, reason, problem } = useSession();
    return () => JSON.stringify([status, user, claims, reason, problem].map((each) => each.value));
  },
};

async function render(initialSnapshot?: RegisteredSnapshot, component = Everything): Promise<string> {
  const options = initialSnapshot === undefined ? { session } : { session, initialSnapshot };
  const html = await renderToString(createSSRApp(component).use(createLockstep(options)));
  return html.replaceAll("&quot;", '"');
}

forbidWarnings();

it("renders that nobody is known, without more being said", async () => {
  expect(await render()).toBe('["loading",null,null,null,null]');
});

it("renders what the server knows", async () => {
  expect(await render(known)).toBe('["authenticated",{"id":"ada","name":"Ada"},{"sub":"ada"},null,null]');
  expect(await render({ status: "unauthenticated", reason: "expired" })).toBe(
    '["unauthenticated",null,null,"expired",null]',
  );
});

it("what one request knows is never in the answer to another one that is rendered at the same time", async () => {
  let letGo = (): void => {};
  const gate = new Promise<void>((resolve) => void (letGo = resolve));
  const Slow: Component = {
    async setup() {
      const { snapshot } = useSession();
      await gate;
      return () => h("p", JSON.stringify(snapshot.value));
    },
  };
  const [ofAda, ofNobody] = [render(known, Slow), render(undefined, Slow)];
  letGo();
  expect(await ofAda).toContain("Ada");
  expect(await ofNobody).toBe('<p>{"status":"loading","problem":null}</p>');
});

it("starts nothing and subscribes to nothing: of a thousand answers, nothing accumulates", async () => {
  const start = vi.fn<() => void>();
  const subscribe = vi.fn<() => () => void>(() => () => {});
  const watched = { ...session, start, subscribe };
  for (let requests = 0; requests < 1_000; requests += 1) {
    const initialSnapshot = requests % 2 === 0 ? known : undefined;
    const options = { session: watched, ...(initialSnapshot === undefined ? {} : { initialSnapshot }) };
    await renderToString(createSSRApp(Everything).use(createLockstep(options)));
  }
  expect(start).not.toHaveBeenCalled();
  expect(subscribe).not.toHaveBeenCalled();
});

it("the guard lets every route pass on a server", async () => {
  const guard = createSessionGuard({ session, signIn: "/sign-in", requiresSession: () => true });
  expect(await guard({ fullPath: "/account", meta: {} })).toBe(true);
});
