/**
 * Scripts that run in a page before its own, for an engine whose driver has no such thing: the address of the page names
 * them, and the test server serves them.
 */

const scripts = new Map<string, string>();

/** @returns the name under which the scripts are served */
export function registerInitScripts(sources: readonly string[]): string {
  const text = sources.join(";\n");
  for (const [name, known] of scripts) if (known === text) return name;
  const name = String(scripts.size + 1);
  scripts.set(name, text);
  return name;
}

export function addInitParameter(address: string, name: string): string {
  if (!/^https?:/.test(address)) return address;
  const url = new URL(address);
  url.searchParams.set("init", name);
  return url.href;
}

/** The part of a page's head that loads the scripts that its address names. */
export function initScriptTag(query: URLSearchParams): string {
  const name = query.get("init");
  return name === null ? "" : `<script src="/init.js?name=${Number(name)}"></script>`;
}

export function initScript(query: URLSearchParams): string | null {
  return scripts.get(query.get("name") ?? "") ?? null;
}
