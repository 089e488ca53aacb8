import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

/** The root of the repository, where the packages of Lockstep are. An application of its own needs nothing of this. */
const root = fileURLToPath(new URL("../..", import.meta.url));

const config: NextConfig = { turbopack: { root }, outputFileTracingRoot: root };

export default config;
