/**
 * The unit tests of both packages, and the coverage that is required of the pure part.
 *
 * No test is ever tried again: one that fails sometimes has found something.
 */
import { defineConfig } from "vitest/config";

const complete = { lines: 100, branches: 100, functions: 100, statements: 100 };

export default defineConfig({
  test: {
    projects: ["core", "server"].map((name) => ({
      test: { name, root: `./packages/${name}`, include: ["test/**/*.test.ts"], exclude: ["test/.tmp/**"] },
    })),
    retry: 0,
    allowOnly: false,
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      reporter: ["text-summary", "json-summary", "html"],
      thresholds: {
        "packages/core/src/machine/**": complete,
        // Every branch of it decides whether somebody stays signed in.
        "packages/server/src/rotation.ts": complete,
      },
    },
  },
});
