/** The pages of the test application. */
import { initScriptTag } from "./init-scripts.js";

const modules = '<script src="/prepare.js"></script><script type="module" src="/app.js"></script>';
const scriptTags =
  '<script src="/prepare.js"></script><script src="/lockstep.global.js"></script><script src="/plain.js"></script>';

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

/** The page at a path, `null` where there is none. */
export function htmlOf(path: string, query: URLSearchParams): string | null {
  const document = (head: string): string =>
    `<!doctype html><meta charset="utf-8"><title>Test</title>${initScriptTag(query)}${head}<body></body>`;
  switch (path) {
    case "/":
      return document(modules);
    case "/other":
      return document("");
    case "/plain":
      return document(scriptTags);
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
  return path === "/plain" ? { "content-security-policy": policy } : {};
}
