// @vitest-environment happy-dom
import { useSession, type RegisteredSnapshot } from "@lockstep/vue";
import { defineAsyncComponent, h, nextTick, Suspense, type Component } from "vue";
import { expect, it } from "vitest";
import { serve, takeOver } from "./hydrate.js";
import { ada, adaSignedIn, Who, whoIs } from "./mount.js";
import { forbidWarnings } from "./warnings.js";

forbidWarnings();

const initialSnapshot: RegisteredSnapshot = {
  status: "authenticated",
  problem: null,
  sessionId: "s1",
  user: ada,
  claims: { sub: "ada" },
  authTime: null,
  acr: null,
  expiresAt: null,
  warning: null,
};

/** A promise that the test fulfils. */
function promised<Value>() {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((done) => void (resolve = done));
  return { promise, resolve };
}

/** A session that ended since the server rendered, and knows it before the page is taken over. */
async function endedSince() {
  const { session } = await adaSignedIn();
  await session.signOut();
  return session;
}

it("a component that arrives late hydrates what the server rendered, then shows what is true", async () => {
  const session = await endedSince();
  const { promise, resolve } = promised<Component>();
  const Late = defineAsyncComponent(() => promise);
  const page = (late: Component) => ({
    component: () => h("main", [h(Who), h(late)]),
    initialSnapshot,
  });
  const root = await serve(session, page(Who));
  const [early, late] = [...root.querySelectorAll("p")];
  takeOver(root, session, page(Late));
  await nextTick();
  expect([early!.textContent, late!.textContent]).toEqual(["unauthenticated", "Ada"]);

  resolve(Who);
  await promise;
  await expect.poll(() => late!.textContent).toBe("unauthenticated");
  expect(root.querySelectorAll("p")[1]).toBe(late);
});

it("a component with an asynchronous setup hydrates what the server rendered, then shows what is true", async () => {
  const session = await endedSince();
  const { promise, resolve } = promised<void>();
  let isServer = true;
  const Slow: Component = {
    async setup() {
      const { snapshot } = useSession();
      if (!isServer) await promise;
      return () => h("p", whoIs(snapshot.value));
    },
  };
  const page = {
    component: () => h(Suspense, null, { default: () => h("main", [h(Slow)]) }),
    initialSnapshot,
  };
  const root = await serve(session, page);
  isServer = false;
  const slow = root.querySelector("p");
  takeOver(root, session, page);
  await nextTick();
  expect(slow!.textContent).toBe("Ada");

  resolve();
  await expect.poll(() => slow!.textContent).toBe("unauthenticated");
  expect(root.querySelector("p")).toBe(slow);
});
