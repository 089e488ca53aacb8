import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/.tmp/**"],
    environment: "node",
    maxWorkers: 2,
    coverage: {
      provider: "v8",
      include: ["src/**"],
      // The one file whose every branch decides whether somebody stays signed in.
      thresholds: { "src/rotation.ts": { lines: 100, branches: 100, functions: 100, statements: 100 } },
    },
  },
});
