/**
 * A page of the application inside a frame, sandboxed or across sites. Whoever embeds it talks to it in messages, as a
 * frame of another origin can be talked to in no other way.
 */
import type { Page } from "@playwright/test";
import type { Backend } from "./backend.js";
import { answering } from "./faults.js";

/** What can be asked of the session in the frame. */
export type Question = "status" | "token" | "refresh" | "signIn" | "signOut" | "platform" | "inspected";

/** Runs in the frame. A script of its own: a module would need CORS in a sandbox. */
const frameScript = `
  const session = Lockstep.createSession();
  session.inspect((event) => inspected.push(event));
  session.start();
  const attempt = (read) => { try { return String(read()); } catch (error) { return error.name; } };
  const answers = {
    status: () => { const { status, reason, user } = session.getSnapshot(); return { status, reason, user }; },
    token: () => session.getAccessToken(),
    refresh: () => session.refresh(),
    signIn: () => session.signIn(() => fetch("/login?user=mallory", { method: "POST" })).then(({ status }) => status),
    signOut: () => session.signOut(),
    platform: () => ({ origin: self.origin, cookie: attempt(() => document.cookie), storage: attempt(() => localStorage.length) }),
    inspected: () => inspected.map(({ type }) => type),
  };
  addEventListener("message", async ({ data, source }) => {
    const result = await outcome(Promise.resolve().then(answers[data.question]));
    source.postMessage({ id: data.id, result }, "*");
  });
  parent.postMessage({ id: "loaded" }, "*");
`;

const framePage =
  '<!doctype html><meta charset="utf-8"><title>Frame</title><script src="/prepare.js"></script>' +
  `<script src="/lockstep.global.js"></script><script>${frameScript}</script>`;

const html = { "content-type": "text/html; charset=utf-8" };

export interface Frame {
  ask<Result = unknown>(question: Question): Promise<Result>;
}

/** Embeds the application of `origin` into a page, and resolves once its session has started. */
export async function embed(
  page: Page,
  backend: Backend,
  { origin = backend.origin, sandbox }: { readonly origin?: string; readonly sandbox?: string } = {},
): Promise<Frame> {
  backend.intercept("/frame", answering(framePage, { headers: html }), 1);
  await page.evaluate(
    async ({ address, sandbox }) => {
      const answered = (id: unknown): Promise<unknown> =>
        new Promise((resolve) => {
          const listen = ({ data }: MessageEvent<{ id: unknown; result: unknown }>): void => {
            if (data.id !== id) return;
            window.removeEventListener("message", listen);
            resolve(data.result);
          };
          window.addEventListener("message", listen);
        });
      const frame = document.createElement("iframe");
      if (sandbox !== undefined) frame.setAttribute("sandbox", sandbox);
      const loaded = answered("loaded");
      frame.src = address;
      document.body.append(frame);
      await loaded;
      let count = 0;
      const ask = (question: string): Promise<unknown> => {
        const id = (count += 1);
        const answer = answered(id);
        frame.contentWindow?.postMessage({ id, question }, "*");
        return answer;
      };
      Object.assign(window, { ask });
    },
    { address: `${origin}/frame?tab=99`, sandbox },
  );
  return {
    ask: (question) =>
      page.evaluate(
        (question) => (window as unknown as { ask(question: string): Promise<unknown> }).ask(question),
        question,
      ) as never,
  };
}
