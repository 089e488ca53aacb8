/** The same page of subscribed components, with React. */
import { createSession } from "@lockstep/core";
import * as lockstep from "@lockstep/react";
import { createAuthClient } from "better-auth/react";
import * as nextAuth from "next-auth/react";
import { createElement, Profiler, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { commits, components, count, renders, textOf, type Application } from "./counted.js";
import { nameOf, options, signInWith } from "./lockstep-user.js";
import { pollEverySeconds } from "./poll.js";

/** `useText` is the hook under test. */
function list(useText: () => string): ReactNode {
  function Item({ index }: { readonly index: number }): ReactNode {
    count(renders, index);
    return createElement("li", null, useText());
  }
  return Array.from({ length: components }, (_, index) => createElement(Item, { key: index, index }));
}

/** The profiler is above the provider: below it, React does not tell one of what a context alone has changed. */
function render(root: Element, page: ReactNode): void {
  commits[0] = 0;
  createRoot(root).render(
    createElement(Profiler, { id: "page", onRender: () => count(commits, 0), children: page }),
  );
}

function lockstepWith(useText: () => string): Application {
  const session = createSession(options);
  return {
    mount(root) {
      const children = list(useText);
      render(root, createElement(lockstep.SessionProvider, { session, children }));
    },
    signIn: () => signInWith(session),
    signOut: () => session.signOut(),
  };
}

/** Signs out without the redirection that it makes by default: a page that is left renders nothing. */
function nextAuthWith(options: Omit<nextAuth.SessionProviderProps, "children">): Application {
  const children = list(function useText() {
    const { status, data } = nextAuth.useSession();
    return status === "loading"
      ? textOf("loading")
      : textOf(status === "authenticated" ? "in" : "out", data?.user?.name);
  });
  return {
    mount(root) {
      render(root, createElement(nextAuth.SessionProvider, { ...options, children }));
    },
    signOut: () => nextAuth.signOut({ redirect: false }),
  };
}

function betterAuthWith(sessionOptions: { readonly refetchInterval?: number }): Application {
  const client = createAuthClient({ sessionOptions });
  return {
    mount(root) {
      render(
        root,
        list(function useText() {
          const { isPending, data } = client.useSession();
          return isPending ? textOf("loading") : textOf(data === null ? "out" : "in", data?.user.name);
        }),
      );
    },
    signOut: () => client.signOut(),
  };
}

export const reactApplications: Readonly<Record<string, () => Application>> = {
  "react-lockstep": () =>
    lockstepWith(function useText() {
      const session = lockstep.useSession();
      if (session.status === "loading") return textOf("loading");
      return session.status === "authenticated" ? textOf("in", nameOf(session.user)) : textOf("out");
    }),
  "react-lockstep-selector": () =>
    lockstepWith(function useText() {
      return lockstep.useSession((session) => {
        if (session.status === "loading") return textOf("loading");
        return session.status === "authenticated" ? textOf("in", nameOf(session.user)) : textOf("out");
      });
    }),
  "react-next-auth": () => nextAuthWith({}),
  "react-next-auth-polling": () => nextAuthWith({ refetchInterval: pollEverySeconds }),
  "react-better-auth": () => betterAuthWith({}),
  "react-better-auth-polling": () => betterAuthWith({ refetchInterval: pollEverySeconds }),
};
