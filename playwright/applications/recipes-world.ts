/** The world of these tests: that of the browser suite, with an API for the libraries and their recipes in its pages. */
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { bundleScripts } from "../support/bundle.js";
import { test as base, type World, type WorldOptions } from "../support/fixtures.js";
import type { Tab, TabOptions } from "../support/tabs.js";
import { startApi, type Api } from "./recipes-api.js";
import type * as Recipes from "./recipes-page.js";
import { startSocketServer, type SocketServer } from "./recipes-sockets.js";

export { expect } from "../support/fixtures.js";

declare global {
  interface Window {
    recipes: typeof Recipes;
  }
}

export interface RecipesWorld extends World {
  readonly api: Api;
}

interface Fixtures {
  recipes(options?: WorldOptions): Promise<RecipesWorld>;
  /** A server for sockets beside that of the world. */
  openSocketServer(world: RecipesWorld): Promise<SocketServer>;
}

const page = fileURLToPath(new URL("recipes-page.ts", import.meta.url));

async function bundleRecipes(): Promise<string> {
  const bundle = await rolldown({
    input: page,
    platform: "browser",
    transform: { define: { "process.env.NODE_ENV": '"production"' } },
    logLevel: "silent",
  });
  const { output } = await bundle.generate({ format: "esm", codeSplitting: false });
  await bundle.close();
  return output[0].code;
}

/** A young token that is refused is not refreshed again: its clock can be stepped. */
const steppable: TabOptions = { clockOffsetMs: 0 };

async function loadRecipes(tab: Tab): Promise<Tab> {
  await tab.eval(async () => {
    const path = "/recipes.js";
    window.recipes = (await import(path)) as typeof Recipes;
  });
  return tab;
}

export const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that are wanted out of the pattern
  engine: [async ({}, use) => use("chromium"), { scope: "worker" }],

  scripts: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that are wanted out of the pattern
    async ({}, use) => {
      await use(new Map([...(await bundleScripts()), ["/recipes.js", await bundleRecipes()]]));
    },
    { scope: "worker" },
  ],

  recipes: async ({ world }, use) => {
    await use(async (options) => {
      const made = await world(options);
      return {
        ...made,
        api: startApi(made.backend),
        openTab: async (tabOptions) => loadRecipes(await made.openTab({ ...steppable, ...tabOptions })),
        openSignedIn: async (user, tabOptions) =>
          loadRecipes(await made.openSignedIn(user, { ...steppable, ...tabOptions })),
      };
    });
  },

  // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that are wanted out of the pattern
  openSocketServer: async ({}, use) => {
    const servers: SocketServer[] = [];
    await use(async ({ backend }) => {
      const server = await startSocketServer(backend);
      servers.push(server);
      return server;
    });
    for (const server of servers) await server.close();
  },
});
