/** Starts the browser of an engine: Playwright drives Chromium and Firefox, WebDriver drives WebKit. */
import { fileURLToPath } from "node:url";
import { chromium, firefox, type Browser } from "@playwright/test";
import type { Engine } from "./engines.js";
import { launchWebKit } from "./webkit/browser.js";

/** `proxyPort`: where requests to other hosts than the loopback go. */
const launchers: Readonly<Record<Engine, (proxyPort: number) => Promise<Browser>>> = {
  chromium: (proxyPort) =>
    chromium.launch({
      executablePath: process.env["CHROMIUM_BIN"] ?? "/usr/bin/chromium",
      args: [`--proxy-server=127.0.0.1:${proxyPort}`],
    }),
  // Over WebDriver BiDi: the Firefox that people have, not Playwright's own build of it.
  firefox: (proxyPort) =>
    firefox.launch({
      channel: "moz-firefox",
      executablePath: fileURLToPath(new URL("firefox.sh", import.meta.url)),
      firefoxUserPrefs: {
        "network.proxy.type": 1,
        "network.proxy.http": "127.0.0.1",
        "network.proxy.http_port": proxyPort,
        "network.proxy.ssl": "127.0.0.1",
        "network.proxy.ssl_port": proxyPort,
      },
    }),
  webkit: launchWebKit,
};

export function launch(engine: Engine, proxyPort: number): Promise<Browser> {
  return launchers[engine](proxyPort);
}
