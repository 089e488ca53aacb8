/**
 * A small workspace that keeps every rule of `.dependency-cruiser.mjs`, and for each rule the files that break it.
 *
 * Promises: data only. A rule without a case here fails the self-test.
 */

/** @type {Readonly<Record<string, string>>} path → content; keeps every rule */
export const lawfulFiles = {
  "packages/core/package.json": JSON.stringify({
    name: "@lockstep/core",
    type: "module",
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./internals": { default: "./dist/internals.js" },
    },
    dependencies: { "broadcast-channel": "1.0.0", "another-library": "1.0.0" },
    devDependencies: { "tool-library": "1.0.0" },
  }),
  "packages/core/dist/index.js": "export const createSession = 1;",
  "packages/core/dist/index.d.ts": "export declare const createSession: number; export type Wire = number;",
  "packages/core/dist/internal.js": "export const secret = 1;",
  "packages/core/dist/internals.js": "export const createRuntime = 1;",
  "packages/core/src/index.ts": 'export { createSession } from "./create-session.js";',
  "packages/core/src/errors.ts": "export class LockstepError extends Error {}",
  "packages/core/src/session.ts": "export type Session = number;",
  "packages/core/src/create-session.ts": [
    'import { loop } from "./runtime/loop.js";',
    'import { nativeChannel } from "./adapters/native-channel.js";',
    'import { authorise } from "./http/authorise.js";',
    "export const createSession = [loop, nativeChannel, authorise];",
    'export const fallback = () => import("./adapters/fallback-channel.js");',
    'export const later = () => import("./listening/listener.js");',
  ].join("\n"),
  "packages/core/src/machine/state.ts": "export type State = number; export const first: State = 1;",
  "packages/core/src/machine/transition.ts": 'export { first } from "./state.js";',
  "packages/core/src/runtime/ports.ts": "export const portNames = 1;",
  "packages/core/src/runtime/loop.ts": [
    'import { portNames } from "./ports.js";',
    'import { first } from "../machine/transition.js";',
    'import { LockstepError } from "../errors.js";',
    "export const loop = [first, LockstepError, portNames];",
  ].join("\n"),
  "packages/core/src/adapters/native-channel.ts": [
    'import { portNames } from "../runtime/ports.js";',
    'import type { State } from "../machine/state.js";',
    "export const nativeChannel: State = portNames;",
  ].join("\n"),
  "packages/core/src/adapters/fallback-channel.ts": 'export { channel } from "broadcast-channel";',
  "packages/core/src/listening/listener.ts": [
    'import { another } from "another-library";',
    "export const listen = another;",
  ].join("\n"),
  "packages/core/src/http/authorise.ts": [
    'import { LockstepError } from "../errors.js";',
    'import type { Session } from "../session.js";',
    'import { attach } from "./attach.js";',
    'import { another } from "another-library";',
    "export const authorise: Session | unknown = [LockstepError, attach, another];",
  ].join("\n"),
  "packages/core/src/http/attach.ts": "export const attach = 1;",
  "packages/server/package.json": '{ "name": "@lockstep/server", "dependencies": { "@lockstep/core": "*" } }',
  "packages/server/src/index.ts": 'import type { Wire } from "@lockstep/core"; export type { Wire };',
  "packages/server/dist/rotation-rules.js": "export const decideRotation = 1;",
  "packages/testing/package.json":
    '{ "name": "@lockstep/testing", "dependencies": { "@lockstep/core": "*", "@lockstep/server": "*" } }',
  "packages/testing/src/index.ts": 'export { createDouble } from "./doubles/double.js";',
  "packages/testing/src/doubles/double.ts": [
    'import { createRuntime } from "@lockstep/core/internals";',
    'import { decideRotation } from "../../../server/dist/rotation-rules.js";',
    "export const createDouble = [createRuntime, decideRotation];",
  ].join("\n"),
  "packages/testing/src/conformance/lock.ts": [
    'import type { Wire } from "@lockstep/core";',
    'import { equal } from "./assertions.js";',
    "export const lockConformance: Wire = equal;",
  ].join("\n"),
  "packages/testing/src/conformance/assertions.ts": "export const equal = 1;",
  "packages/testing/src/simulation/world.ts": 'export { createDouble } from "../doubles/double.js";',
  "packages/react/package.json": '{ "name": "@lockstep/react", "dependencies": { "@lockstep/core": "*" } }',
  "packages/react/src/index.ts": 'import type { Wire } from "@lockstep/core"; export type { Wire };',
  "examples/demo/server.ts": 'export { createSession } from "@lockstep/core";',
  "playwright/rig.ts": 'export { createSession } from "@lockstep/core";',
  "node_modules/broadcast-channel/index.js": "export const channel = 1;",
  "node_modules/another-library/index.js": "export const another = 1;",
  "node_modules/tool-library/index.js": "export const tool = 1;",
};

const core = "packages/core/src";

/** @type {ReadonlyArray<{ rule: string, file: string, source: string }>} each breaks its rule */
export const boundaryCases = [
  breaks("machine-imports-machine-only", `${core}/machine/a.ts`, 'import "../runtime/ports.js";'),
  breaks("machine-imports-machine-only", `${core}/machine/b.ts`, 'import "another-library";'),
  breaks("machine-imports-machine-only", `${core}/machine/c.ts`, 'import "node:crypto";'),
  breaks(
    "machine-imports-machine-only",
    `${core}/machine/d.ts`,
    'import type {} from "../runtime/ports.js";',
  ),
  breaks(
    "runtime-imports-machine-and-errors",
    `${core}/runtime/a.ts`,
    'import "../adapters/native-channel.js";',
  ),
  breaks("runtime-imports-machine-and-errors", `${core}/runtime/b.ts`, 'import "another-library";'),
  breaks("adapters-import-ports-and-machine", `${core}/adapters/a.ts`, 'import "../runtime/loop.js";'),
  breaks("adapters-import-ports-and-machine", `${core}/adapters/b.ts`, 'import "./native-channel.js";'),
  breaks("adapters-take-types-from-machine", `${core}/adapters/c.ts`, 'import "../machine/transition.js";'),
  breaks("adapters-have-one-library", `${core}/adapters/d.ts`, 'import "broadcast-channel";'),
  breaks(
    "fallback-channel-has-its-library",
    `${core}/adapters/fallback-channel.ts`,
    'import "another-library";',
  ),
  breaks("fallback-channel-is-loaded-on-demand", `${core}/a.ts`, 'import "./adapters/fallback-channel.js";'),
  breaks("http-and-backends-take-types-and-errors", `${core}/http/a.ts`, 'import "../runtime/loop.js";'),
  breaks("http-and-backends-take-types-and-errors", `${core}/backends/a.ts`, 'import "../http/attach.js";'),
  breaks("listening-stands-apart", `${core}/listening/a.ts`, 'import "../runtime/loop.js";'),
  breaks("listening-stands-apart", `${core}/listening/b.ts`, 'import "../adapters/native-channel.js";'),
  breaks("listening-is-loaded-on-demand", `${core}/e.ts`, 'import "./listening/listener.js";'),
  breaks("create-session-is-imported-by-index", `${core}/session.ts`, 'import "./create-session.js";'),
  breaks("users-import-public-entries", "packages/react/src/a.ts", 'import "../../core/src/session.js";'),
  breaks("users-import-public-entries", "playwright/a.ts", 'import "../packages/core/src/session.js";'),
  breaks(
    "users-import-public-entries",
    "examples/demo/a.ts",
    'import "../../packages/core/dist/internal.js";',
  ),
  breaks("server-takes-types-from-core", "packages/server/src/a.ts", 'import "@lockstep/core";'),
  breaks("core-and-server-stand-alone", `${core}/b.ts`, 'import "../../server/src/index.js";'),
  breaks("core-and-server-stand-alone", "packages/server/src/b.ts", 'import "../../../playwright/rig.js";'),
  breaks("internals-are-for-testing", "packages/react/src/b.ts", 'import "@lockstep/core/internals";'),
  breaks(
    "internals-are-for-testing",
    "playwright/b.ts",
    'import "../packages/server/dist/rotation-rules.js";',
  ),
  breaks("bindings-are-given-their-session", "packages/react/src/c.ts", 'import "@lockstep/core";'),
  breaks(
    "testing-takes-the-rules-of-the-server",
    "packages/testing/src/doubles/a.ts",
    'import "../../../server/src/index.js";',
  ),
  breaks("doubles-run-anywhere", "packages/testing/src/doubles/b.ts", 'import "node:fs";'),
  breaks("doubles-run-anywhere", "packages/testing/src/conformance/a.ts", 'import "another-library";'),
  breaks(
    "doubles-know-no-simulation",
    "packages/testing/src/doubles/c.ts",
    'import "../simulation/world.js";',
  ),
  breaks("conformance-knows-ports-only", "packages/testing/src/conformance/b.ts", 'import "@lockstep/core";'),
  breaks(
    "conformance-knows-ports-only",
    "packages/testing/src/conformance/c.ts",
    'import "../doubles/double.js";',
  ),
  breaks("no-undeclared-library", `${core}/c.ts`, 'import "tool-library";'),
  breaks("no-unresolved-import", `${core}/d.ts`, 'import "./not-there.js";'),
  breaks("no-cycle", `${core}/machine/state.ts`, 'import "./transition.js"; export const first = 1;'),
];

/**
 * @param {string} rule
 * @param {string} file
 * @param {string} source
 */
function breaks(rule, file, source) {
  return { rule, file, source };
}
