/** The page: bundled in memory when the server starts, served under a policy that allows nothing but itself. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const folder = new URL("../page/", import.meta.url);

/** No inline script, no inline style, nothing from elsewhere: what a page that holds a token should have. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const staticFiles = {
  "/": { file: "index.html", type: "text/html; charset=utf-8" },
  "/style.css": { file: "style.css", type: "text/css; charset=utf-8" },
  "/panels.css": { file: "panels.css", type: "text/css; charset=utf-8" },
  "/devices.css": { file: "devices.css", type: "text/css; charset=utf-8" },
  "/tabs.css": { file: "tabs.css", type: "text/css; charset=utf-8" },
  "/timeline.css": { file: "timeline.css", type: "text/css; charset=utf-8" },
  "/icon.svg": { file: "icon.svg", type: "image/svg+xml" },
} as const;

interface PageFile {
  readonly type: string;
  readonly content: string;
}

/** The page's files by path. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** Reads the static files and bundles `page/app.ts` with `@lockstep/core`. */
export async function buildPage(): Promise<PageFiles> {
  const files = new Map<string, PageFile>();
  for (const [path, { file, type }] of Object.entries(staticFiles))
    files.set(path, { type, content: await readFile(new URL(file, folder), "utf8") });

  const bundle = await rolldown({ input: fileURLToPath(new URL("app.ts", folder)), platform: "browser" });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  for (const chunk of output)
    if (chunk.type === "chunk")
      files.set(`/${chunk.fileName}`, { type: "text/javascript; charset=utf-8", content: chunk.code });
  return files;
}

/** The answer to a request for one of the page's files; `null` for any other path. */
export function answerPageFile(files: PageFiles, path: string): Response | null {
  const found = files.get(path);
  if (found === undefined) return null;
  return new Response(found.content, {
    headers: {
      "content-type": found.type,
      "content-security-policy": contentSecurityPolicy,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    },
  });
}
