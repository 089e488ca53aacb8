/**
 * Who may import what: ARCHITECTURE.md's table as rules. `scripts/check-boundaries.mjs` sees each one fire.
 *
 * A line of the table that changes here changes there too.
 */
import { readFileSync } from "node:fs";

const core = "^packages/core/src/";
const testing = "^packages/testing/src/";
const library = "(^|/)node_modules/";

/** The files behind the entries that core's manifest publishes: all that a user, of any kind, may import. */
const { exports } = JSON.parse(readFileSync(new URL("packages/core/package.json", import.meta.url), "utf8"));
const publicEntries = Object.values(exports)
  .flatMap((entry) => (typeof entry === "string" ? [entry] : Object.values(entry)))
  .map((file) => `^packages/core/${file.replace("./", "").replaceAll(".", "\\.")}$`);

/**
 * @param {string} name
 * @param {string} comment shown beside a violation
 * @param {object} from
 * @param {object} to
 */
const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

export default {
  forbidden: [
    forbid(
      "machine-imports-machine-only",
      "The machine is pure: it knows nothing of what runs it.",
      { path: `${core}machine/` },
      { pathNot: `${core}machine/` },
    ),
    forbid(
      "runtime-imports-machine-and-errors",
      "The runtime reaches the platform through its ports only.",
      { path: `${core}runtime/` },
      { pathNot: `${core}(runtime/|machine/|errors\\.ts$)` },
    ),
    forbid(
      "adapters-import-ports-and-machine",
      "An adapter fulfils one port and decides nothing.",
      { path: `${core}adapters/` },
      {
        pathNot: [
          `${core}(runtime/ports\\.ts$|machine/|adapters/fallback-channel\\.ts$|bare-options\\.ts$)`,
          library,
        ],
      },
    ),
    forbid(
      "adapters-take-types-from-machine",
      "An adapter may name the machine's types and use the register's codec; running more of it would be deciding.",
      { path: `${core}adapters/` },
      {
        path: `${core}machine/`,
        pathNot: `${core}machine/(register|version)\\.ts$`,
        dependencyTypesNot: ["type-only"],
      },
    ),
    forbid(
      "adapters-have-one-library",
      "broadcast-channel belongs to the fallback channel; no other adapter needs a library.",
      { path: `${core}adapters/`, pathNot: `${core}adapters/fallback-channel\\.ts$` },
      { path: library },
    ),
    forbid(
      "fallback-channel-has-its-library",
      "The fallback channel's one library is broadcast-channel.",
      { path: `${core}adapters/fallback-channel\\.ts$` },
      { path: library, pathNot: `${library}broadcast-channel/` },
    ),
    forbid(
      "fallback-channel-is-loaded-on-demand",
      "Only a browser without BroadcastChannel pays for the fallback: import it dynamically.",
      { path: core },
      { path: `${core}adapters/fallback-channel\\.ts$`, dynamic: false, dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "http-and-backends-take-types-and-errors",
      "Requests and answers know the errors and names of types, never each other or the runtime.",
      { path: `${core}(http|backends)/` },
      {
        path: core,
        pathNot: `${core}($1/|errors\\.ts$|bare-options\\.ts$|machine/register\\.ts$)`,
        dependencyTypesNot: ["type-only"],
      },
    ),
    forbid(
      "listening-stands-apart",
      "What listens is loaded later: it builds on what every adapter may use, a lock, and what a backend's answers mean.",
      { path: `${core}listening/` },
      {
        path: core,
        pathNot: `${core}(listening/|machine/(register|version)\\.ts$|adapters/web-lock\\.ts$|backends/|bare-options\\.ts$)`,
        dependencyTypesNot: ["type-only"],
      },
    ),
    forbid(
      "listening-is-loaded-on-demand",
      "Only where somebody is signed in and wants it: import it dynamically.",
      { path: core, pathNot: `${core}listening/` },
      { path: `${core}listening/`, dynamic: false, dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "create-session-is-imported-by-index",
      "The composition root has one way in: the public entry.",
      { path: core, pathNot: `${core}index\\.ts$` },
      { path: `${core}create-session\\.ts$` },
    ),
    forbid(
      "users-import-public-entries",
      "Bindings, examples and the browser suite use core as everybody does.",
      { path: "^(packages|examples|playwright)/", pathNot: "^packages/core/" },
      { path: "^packages/core/", pathNot: publicEntries },
    ),
    forbid(
      "server-takes-types-from-core",
      "The server shares nothing with core but the names of what is on the wire.",
      { path: "^packages/server/src/" },
      { path: "^packages/core/", dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "core-and-server-stand-alone",
      "Core knows no other package, and neither imports tests, examples or scripts.",
      { path: "^packages/(core|server)/src/" },
      { path: "^(packages|examples|playwright|scripts)/", pathNot: "^packages/($1/src/|core/dist/)" },
    ),
    forbid(
      "internals-are-for-testing",
      "What lies below the public entries may change with any release: only the doubles and the simulation build on it.",
      { path: "^(packages|examples|playwright)/", pathNot: "^packages/(core|server|testing)/" },
      { path: "^packages/(core/dist/internals|server/dist/rotation-rules)\\." },
    ),
    forbid(
      "bindings-are-given-their-session",
      "A binding names core's types and runs nothing of it: what it shows is handed to it.",
      { path: "^packages/(react|vue)/src/" },
      { path: "^packages/", pathNot: "^packages/$1/src/", dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "testing-takes-the-rules-of-the-server",
      "The doubles need to know what a refresh token is worth, and nothing else of a server.",
      { path: testing },
      { path: "^packages/server/", pathNot: "^packages/server/dist/rotation-rules\\." },
    ),
    forbid(
      "doubles-run-anywhere",
      "Doubles and conformance suites run in Node, in a page, and in any test runner.",
      { path: `${testing}(doubles|conformance|backend)/` },
      { pathNot: "^packages/" },
    ),
    forbid(
      "doubles-know-no-simulation",
      "The simulation is built on the doubles, not the other way round.",
      { path: `${testing}(index\\.ts$|doubles/|conformance/|backend/)` },
      { path: `${testing}(simulation|outage)/` },
    ),
    forbid(
      "conformance-knows-ports-only",
      "A suite says what a port promises; whatever keeps the promise is handed to it.",
      { path: `${testing}conformance/` },
      { pathNot: `${testing}conformance/`, dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "no-undeclared-library",
      "A published file may import only what its package lists as a dependency.",
      { path: "^packages/[^/]+/src/" },
      // Another member of the workspace is no library: its kind cannot be told from its path.
      {
        pathNot: "^packages/",
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "undetermined"],
        // A binding's framework is both: its users', and that of its own tests.
        dependencyTypesNot: ["npm-peer"],
      },
    ),
    forbid("no-unresolved-import", "The import leads nowhere.", {}, { couldNotResolve: true }),
    forbid(
      "no-cycle",
      "Two files that need each other are one idea, or three.",
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    doNotFollow: { path: ["node_modules", "^packages/[^/]+/dist/"] },
    // The pages of the browser suite import what its server serves.
    exclude: { path: "(^|/)(\\.tmp|\\.next|coverage|test-results|playwright/page)/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["types", "import", "default"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".d.ts"],
    },
  },
};
