// @vitest-environment happy-dom
import { useSession } from "@lockstep/vue";
import { computed, h, nextTick, ref, watch, type Component, type EffectScope, effectScope } from "vue";
import { expect, it } from "vitest";
import { adaSignedIn, counted, grace, mountWith, Who, whoIs } from "./mount.js";

/** A component that can be taken off the page, and what still runs of it. */
function removable() {
  const isShown = ref(true);
  const runs = { render: 0, watch: 0, computed: 0 };
  const Inner: Component = {
    setup() {
      const { snapshot, user } = useSession();
      const name = computed(() => {
        runs.computed += 1;
        return whoIs(snapshot.value);
      });
      watch([user, name], () => void (runs.watch += 1), { flush: "sync" });
      return () => {
        runs.render += 1;
        return h("p", name.value);
      };
    },
  };
  return { Outer: () => (isShown.value ? h(Inner) : h(Who)), isShown, runs };
}

it("nothing of a component runs once it is unmounted", async () => {
  const { session, backend } = await adaSignedIn();
  const { Outer, isShown, runs } = removable();
  const { root } = mountWith(session, Outer);
  await session.signIn(() => backend.logIn(grace));
  await nextTick();
  expect(root.textContent).toBe("Grace");
  expect(runs).toEqual({ render: 2, watch: 1, computed: 2 });

  isShown.value = false;
  await nextTick();
  await session.signOut();
  await nextTick();
  expect(root.textContent).toBe("unauthenticated");
  expect(runs).toEqual({ render: 2, watch: 1, computed: 2 });
});

it("a component that comes later sees what the session is by then", async () => {
  const { session } = await adaSignedIn();
  const isShown = ref(false);
  const { root } = mountWith(session, () => (isShown.value ? h(Who) : null));
  await session.signOut();
  isShown.value = true;
  await nextTick();
  expect(root.textContent).toBe("unauthenticated");
});

it("the session has no listener more for a component that comes and goes a thousand times", async () => {
  const { session, subscribers } = counted((await adaSignedIn()).session);
  const round = ref(0);
  mountWith(session, () => h(Who, { key: round.value }));
  while (round.value < 1_000) {
    round.value += 1;
    await nextTick();
  }
  expect(subscribers()).toBe(1);
});

it("refs end with a scope of the component's own", async () => {
  const { session } = await adaSignedIn();
  let scope: EffectScope | undefined;
  let runs = 0;
  mountWith(session, {
    setup() {
      scope = effectScope();
      scope.run(() => {
        const { status } = useSession();
        watch(status, () => void (runs += 1), { flush: "sync" });
      });
      return () => null;
    },
  });
  scope!.stop();
  await session.signOut();
  expect(runs).toBe(0);
});

it("nothing of an application runs once it is unmounted, its session lives on", async () => {
  const { session } = await adaSignedIn();
  const { Outer, runs } = removable();
  const { app } = mountWith(session, Outer);
  app.unmount();
  await session.signOut();
  await nextTick();
  expect(runs).toEqual({ render: 1, watch: 0, computed: 1 });
});
