/** The pages of the test application. */
import { readFileSync } from "node:fs";
import { initScriptTag } from "./init-scripts.js";

/** What a page names the script-tag build by, besides its address. */
export const integrity = JSON.parse(
  readFileSync(new URL("../../packages/core/dist/integrity.json", import.meta.url), "utf8"),
) as { readonly "lockstep.global.js": string };

const modules = '<script src="/prepare.js"></script><script type="module" src="/app.js"></script>';
const scriptTags =
  '<script src="/prepare.js"></script><script src="/lockstep.global.js"></script><script src="/plain.js"></script>';

/** One element for each status, and the tag with the attributes and the digest that the test asks for. */
const taggedBody = ["loading", "authenticated", "unauthenticated"]
  .map((status) => `<p data-lockstep-show="${status}" hidden>${status}</p>`)
  .join("");

function taggedScripts(query: URLSearchParams): string {
  const digest = query.get("integrity") ?? integrity["lockstep.global.js"];
  const attributes = Object.entries(
    JSON.parse(query.get("attributes") ?? '{ "data-endpoint": "/session" }') as Record<string, string>,
  ).map(([name, value]) => `${name}="${escape(value)}"`);
  const tag = `<script src="/lockstep.global.js" integrity="${digest}" crossorigin="anonymous" ${attributes.join(" ")}></script>`;
  return `<script src="/prepare.js"></script>${tag}<script src="/tagged.js"></script>`;
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

/** The page at a path, `null` where there is none. */
export function htmlOf(path: string, query: URLSearchParams): string | null {
  const document = (head: string, body = ""): string =>
    `<!doctype html><meta charset="utf-8"><title>Test</title>${initScriptTag(query)}${head}<body>${body}</body>`;
  switch (path) {
    case "/":
      return document(modules);
    case "/other":
      return document("");
    case "/plain":
      return document(scriptTags);
    case "/tagged":
      return document(taggedScripts(query), taggedBody);
    case "/foreign-base":
      return document(`${modules}<base href="${escape(query.get("base") ?? "/")}">`);
    default:
      return null;
  }
}

/** The Content-Security-Policy that the script-tag build must live under. */
export function policyOf(path: string): Record<string, string> {
  const policy =
    // Images for the sake of Firefox and WebKit, which ask for an icon under the page's policy.
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'; require-trusted-types-for 'script'";
  return path === "/plain" || path === "/tagged" ? { "content-security-policy": policy } : {};
}
