/** What Vue and others complain of on the console, for tests of which silence is part of the promise. */
import { afterEach, beforeEach, vi } from "vitest";

/** Records `console.warn` and `console.error` in each test of a file, and prints none of it. */
export function recordWarnings(): readonly string[] {
  const said: string[] = [];
  beforeEach(() => {
    said.length = 0;
    for (const method of ["warn", "error"] as const)
      vi.spyOn(console, method).mockImplementation((...parts) => void said.push(parts.map(String).join(" ")));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return said;
}

/** As {@link recordWarnings}, and each test of the file fails when anything was said. */
export function forbidWarnings(): void {
  const said = recordWarnings();
  afterEach(() => {
    if (said.length > 0) throw new Error(`Said on the console:\n${said.join("\n")}`);
  });
}
