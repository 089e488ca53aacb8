/** Pages whose session endpoints are on another origin: what they ask of it carries no `Referer`, so they say themselves who listens. */
import type { Backend, BackendOptions } from "./backend.js";
import { expect, type World, type WorldOptions } from "./fixtures.js";
import { expectQueue, listening, openStreams } from "./listening-tabs.js";
import type { Tab, TabOptions } from "./tabs.js";

/** The names of the two servers. */
export interface Hosts {
  readonly pages: string;
  readonly sessions: string;
}

/** Cookies know no ports, and of another host they cannot be read. `Strict` ones travel within a site only, and WebKit knows no site below `localhost`. */
export const hostsElsewhere: Readonly<Record<string, Hosts>> = {
  "another port": { pages: "localhost", sessions: "localhost" },
  "another host of the site": { pages: "www.example.com", sessions: "session.example.com" },
};

export interface Elsewhere extends World {
  /** Where the session endpoints are; `backend` has the pages. */
  readonly sessionServer: Backend;
  /** A tab that uses it. */
  openListeningTab(): Promise<Tab>;
  /** So many of them in which ann has signed in, one of them listening. */
  openListeningTabs(count: number): Promise<Tab[]>;
}

export async function openElsewhere(
  create: (options?: WorldOptions) => Promise<World>,
  hosts: Hosts,
  options: BackendOptions = {},
): Promise<Elsewhere> {
  const world = await create({ host: hosts.pages });
  const sessionServer = await world.openSessionServer({
    ...options,
    host: hosts.sessions,
    allowedOrigins: [world.backend.origin],
  });
  const endpoint = `${sessionServer.origin}/session`;
  const tabOptions: TabOptions = { ...listening, session: { ...listening.session, endpoint } };
  const openListeningTab = (): Promise<Tab> => world.openTab(tabOptions);
  return {
    ...world,
    sessionServer,
    openListeningTab,
    async openListeningTabs(count) {
      const first = await openListeningTab();
      await signInElsewhere(first, sessionServer);
      const tabs = [first, ...(await world.openTabs(count - 1, tabOptions))];
      for (const tab of tabs) await expect.poll(() => tab.status()).toBe("authenticated as ann");
      await expectQueue(first, count);
      await expect.poll(() => openStreams(sessionServer)).toHaveLength(1);
      return tabs;
    },
  };
}

async function signInElsewhere(tab: Tab, { origin }: Backend): Promise<void> {
  await tab.eval(
    async (address) =>
      void (await window.session.signIn(() => fetch(address, { method: "POST", credentials: "include" }))),
    `${origin}/login?user=ann`,
  );
}

/** The one that says that its stream is open. */
export async function listenerAmong(tabs: readonly Tab[]): Promise<Tab> {
  const listeners: Tab[] = [];
  const find = async (): Promise<number> => {
    listeners.length = 0;
    for (const tab of tabs)
      if ((await tab.inspected("listening")).at(-1)?.isOpen === true) listeners.push(tab);
    return listeners.length;
  };
  await expect.poll(find, { message: "one tab listens" }).toBe(1);
  return listeners[0] as Tab;
}
