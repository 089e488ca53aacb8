/**
 * Lets Node load the TypeScript of the tests, which names its siblings `.js` as the compiler wants it. Import it before them.
 */
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, next) =>
    next(
      specifier.startsWith(".") && (context.parentURL?.endsWith(".ts") ?? false)
        ? specifier.replace(/\.js$/, ".ts")
        : specifier,
      context,
    ),
});
