/** The same page of subscribed components, with Vue. */
import { createSession } from "@lockstep/core";
import { createLockstep, useSession } from "@lockstep/vue";
import { createAuthClient } from "better-auth/vue";
import { createApp, defineComponent, h, onUpdated, type App } from "vue";
import { commits, components, count, renders, textOf, type Application } from "./counted.js";
import { nameOf, options, signInWith } from "./lockstep-user.js";
import { pollEverySeconds } from "./poll.js";

/** `setup` is called in each component, and what it returns whenever that is rendered. */
function list(setup: () => () => string): App {
  const Item = defineComponent({
    props: { index: { type: Number, required: true } },
    setup({ index }) {
      const text = setup();
      commits[index] = 0;
      onUpdated(() => count(commits, index));
      return () => {
        count(renders, index);
        return h("li", text());
      };
    },
  });
  return createApp({ render: () => Array.from({ length: components }, (_, index) => h(Item, { index })) });
}

function lockstepWith(setup: () => () => string): Application {
  const session = createSession(options);
  return {
    mount: (root) => void list(setup).use(createLockstep({ session })).mount(root),
    signIn: () => signInWith(session),
    signOut: () => session.signOut(),
  };
}

function betterAuthWith(sessionOptions: { readonly refetchInterval?: number }): Application {
  const client = createAuthClient({ sessionOptions });
  return {
    mount(root) {
      const app = list(() => {
        const session = client.useSession();
        return () => {
          const { isPending, data } = session.value;
          return isPending ? textOf("loading") : textOf(data === null ? "out" : "in", data?.user.name);
        };
      });
      app.mount(root);
    },
    signOut: () => client.signOut(),
  };
}

export const vueApplications: Readonly<Record<string, () => Application>> = {
  "vue-lockstep": () =>
    lockstepWith(() => {
      const { snapshot } = useSession();
      return () => {
        const session = snapshot.value;
        if (session.status === "loading") return textOf("loading");
        return session.status === "authenticated" ? textOf("in", nameOf(session.user)) : textOf("out");
      };
    }),
  "vue-lockstep-refs": () =>
    lockstepWith(() => {
      const { status, user } = useSession();
      return () => {
        if (status.value === "loading") return textOf("loading");
        return status.value === "authenticated" ? textOf("in", nameOf(user.value)) : textOf("out");
      };
    }),
  "vue-better-auth": () => betterAuthWith({}),
  "vue-better-auth-polling": () => betterAuthWith({ refetchInterval: pollEverySeconds }),
};
