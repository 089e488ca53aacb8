/** The page of an example as it would be deployed: what its own `build` command makes, in a temporary folder. */
import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { readPage } from "../../../examples/script-tag/page-files.js";
import { scriptOf, type Example } from "./examples.js";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Answers requests for the files of a page. */
export type Page = (request: Request) => Response;

async function buildWithVite(example: Example): Promise<Page> {
  const folder = mkdtempSync(join(tmpdir(), `lockstep-${example}-`));
  const { command, env, folder: cwd } = scriptOf(example, ["build"]);
  const [program = "", ...args] = command.split(" ");
  await promisify(execFile)(program, [...args, "--outDir", folder, "--emptyOutDir"], { cwd, env });
  const files = new Map<string, Uint8Array<ArrayBuffer>>(
    globSync("**/*.*", { cwd: folder }).map(
      (file) => [`/${file}`, new Uint8Array(readFileSync(join(folder, file)))] as const,
    ),
  );
  rmSync(folder, { recursive: true });
  return (request) => {
    const { pathname } = new URL(request.url);
    const path = pathname === "/" ? "/index.html" : pathname;
    const content = files.get(path);
    if (content === undefined) return new Response("Nothing here", { status: 404 });
    return new Response(content, { headers: { "content-type": types[extname(path)] ?? "text/plain" } });
  };
}

export function buildPage(example: Example): Promise<Page> {
  return example === "script-tag" ? readPage() : buildWithVite(example);
}
