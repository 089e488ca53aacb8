/** What every part of the check works with. */
import type { DemoServer } from "../backend/demo-server.ts";
import type { BrowserTabs } from "./browser-tabs.ts";

export interface Visit {
  readonly server: DemoServer;
  readonly tabs: BrowserTabs;
  readonly lifetimeMs: number;
  readonly tabCount: number;
  readonly lifetimeCount: number;
  readonly killCount: number;
}
