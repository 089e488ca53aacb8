/** Pages that a server renders and the page's script takes over. */
import { createLockstep, type RegisteredSession, type RegisteredSnapshot } from "@lockstep/vue";
import { renderToString } from "@vue/server-renderer";
import { createSSRApp, type Component } from "vue";
import { vi } from "vitest";
import type { Mounted } from "./mount.js";

export interface ServerRendered {
  readonly component: Component;
  /** What the server knows, and tells the page. */
  readonly initialSnapshot: RegisteredSnapshot;
}

/** Puts on the page what a server renders, where there is no document. */
export async function serve(
  session: RegisteredSession,
  { component, initialSnapshot }: ServerRendered,
): Promise<HTMLElement> {
  const root = document.body.appendChild(document.createElement("div"));
  vi.stubGlobal("document", undefined);
  try {
    const app = createSSRApp(component).use(createLockstep({ session, initialSnapshot }));
    root.innerHTML = await renderToString(app);
  } finally {
    vi.unstubAllGlobals();
  }
  return root;
}

/** Takes over what the server rendered. */
export function takeOver(
  root: HTMLElement,
  session: RegisteredSession,
  { component, initialSnapshot }: ServerRendered,
): Mounted {
  const app = createSSRApp(component).use(createLockstep({ session, initialSnapshot }));
  app.mount(root);
  return { app, root };
}
