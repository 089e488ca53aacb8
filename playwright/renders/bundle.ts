/** The page as an application would ship it: production builds, and React's with its profiler. */
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

export async function bundlePage(): Promise<ReadonlyMap<string, string>> {
  const bundle = await rolldown({
    input: fileURLToPath(new URL("page/main.ts", import.meta.url)),
    platform: "browser",
    resolve: {
      alias: { "react-dom/client": "react-dom/profiling" },
      extensionAlias: { ".js": [".ts", ".js"] },
    },
    transform: {
      define: {
        "process.env.NODE_ENV": '"production"',
        "process.env": "{}",
        __VUE_OPTIONS_API__: "true",
        __VUE_PROD_DEVTOOLS__: "false",
        __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
      },
    },
    logLevel: "silent",
  });
  const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false });
  await bundle.close();
  return new Map([["/renders.js", output[0].code]]);
}
