/**
 * The unit tests of the packages, and the coverage that is required of the pure part. They run on the sources, those of
 * other packages too: one copy of each module, whether it was built or not.
 *
 * No test is ever tried again: one that fails sometimes has found something.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** What the packages publish, and the source it is built from. */
const sources = {
  "@lockstep/core": "core/src/index.ts",
  "@lockstep/core/internals": "core/src/internals.ts",
  "@lockstep/server": "server/src/index.ts",
  "@lockstep/server/rotation": "server/src/rotation-rules.ts",
  "@lockstep/testing": "testing/src/index.ts",
  "@lockstep/testing/conformance": "testing/src/conformance/index.ts",
  "@lockstep/testing/simulation": "testing/src/simulation/index.ts",
  "@lockstep/react": "react/src/index.ts",
  "@lockstep/vue": "vue/src/index.ts",
};
const alias = Object.entries(sources).map(([entry, file]) => ({
  find: new RegExp(`^${entry}$`),
  replacement: fileURLToPath(new URL(`packages/${file}`, import.meta.url)),
}));

/**
 * A package whose tests run a second time with the oldest release of its framework, which is installed in a folder of
 * its tests.
 *
 * @param libraries the framework's packages, as they are imported
 */
function withOldest(name: string, folder: string, libraries: readonly string[]) {
  const oldest = libraries.map((library) => ({
    find: new RegExp(`^${library}(?=$|/)`),
    replacement: fileURLToPath(
      new URL(`packages/${name}/test/${folder}/node_modules/${library}`, import.meta.url),
    ),
  }));
  return { name: folder, folder: name, alias: [...alias, ...oldest] };
}

const projects = [
  ...["core", "server", "testing", "react", "vue"].map((name) => ({ name, folder: name, alias })),
  withOldest("react", "react-18", ["react", "react-dom"]),
  withOldest("vue", "vue-3.4", ["vue", "@vue/server-renderer"]),
];

const complete = { lines: 100, branches: 100, functions: 100, statements: 100 };

export default defineConfig({
  test: {
    projects: projects.map(({ name, folder, alias }) => ({
      resolve: { alias },
      test: {
        name,
        root: `./packages/${folder}`,
        include: ["test/**/*.test.{ts,tsx}"],
        // React Router 8 wants a newer React than the oldest that the binding supports.
        exclude: ["test/.tmp/**", "**/node_modules/**", ...(name === "react-18" ? ["test/recipes/**"] : [])],
        // For what hangs. How fast a test is, is no test.
        testTimeout: 30_000,
      },
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
