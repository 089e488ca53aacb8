/** The files of the page, as any web server would serve them: with a policy that allows nothing but themselves. */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const folder = new URL("page/", import.meta.url);
const sdk = new URL(import.meta.resolve("@lockstep/core/lockstep.global.js"));
const style = new URL(import.meta.resolve("@lockstep/example-backend/style.css"));

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

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Reads the page; the hash of `lockstep.global.js` goes into its tag, so that no other file will do in its place. */
export async function readPage(): Promise<(request: Request) => Response> {
  const manifest = await readFile(new URL("integrity.json", sdk), "utf8");
  const { "lockstep.global.js": integrity = "" } = JSON.parse(manifest) as Record<string, string>;
  const files = new Map<string, string>([
    ["/lockstep.global.js", await readFile(sdk, "utf8")],
    ["/style.css", await readFile(style, "utf8")],
  ]);
  for (const name of ["index.html", "app.js", "icon.svg"])
    files.set(`/${name}`, await readFile(fileURLToPath(new URL(name, folder)), "utf8"));
  const html = files.get("/index.html")?.replace("%integrity%", integrity) ?? "";
  files.set("/index.html", html).set("/", html);

  return (request) => {
    const { pathname } = new URL(request.url);
    const content = files.get(pathname);
    if (content === undefined) return new Response("Not found", { status: 404 });
    return new Response(content, {
      headers: {
        "content-type": types[extname(pathname)] ?? "text/html; charset=utf-8",
        "content-security-policy": contentSecurityPolicy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      },
    });
  };
}
