/**
 * The adapters as they are built, in the document that this script runs in. A page and its frames are documents of their
 * own, each with its own locks, channels, cookies and storage to hold: as near as one page comes to several tabs.
 */
import { createBrowserTimers } from "../../dist/adapters/browser-timers.js";
import { createCookieRegister } from "../../dist/adapters/cookie-register.js";
import { createFetchTransport } from "../../dist/adapters/fetch-transport.js";
import { createLockPresence } from "../../dist/adapters/lock-presence.js";
import { openChannel } from "../../dist/adapters/native-channel.js";
import { createPageLifecycle } from "../../dist/adapters/page-lifecycle.js";
import { createSystemClock } from "../../dist/adapters/system-clock.js";
import { createUserActivity } from "../../dist/adapters/user-activity.js";
import { createWebLock } from "../../dist/adapters/web-lock.js";
import { createLockstepBackend } from "../../dist/backends/lockstep.js";
import { createIdentityReader, readLifetimeMs } from "../../dist/backends/token-reader.js";

export const adapters = {
  createBrowserTimers,
  createCookieRegister,
  createFetchTransport,
  createIdentityReader,
  createLockPresence,
  createLockstepBackend,
  createPageLifecycle,
  createSystemClock,
  createUserActivity,
  createWebLock,
  openChannel,
  readLifetimeMs,
};

export interface Realm {
  readonly window: Window & typeof globalThis;
  readonly adapters: typeof adapters;
}

declare global {
  interface Window {
    adapters?: typeof adapters;
  }
}

/** This document, and as many frames as it takes. */
export async function openRealms(frames: number): Promise<readonly Realm[]> {
  const opened = Array.from({ length: frames }, async () => {
    const frame = document.createElement("iframe");
    frame.src = "/frame";
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
    document.body.append(frame);
    await loaded;
    return realmOf(frame.contentWindow as Realm["window"]);
  });
  return [realmOf(window), ...(await Promise.all(opened))];
}

function realmOf(window: Realm["window"]): Realm {
  if (window.adapters === undefined) throw new Error("A frame has not loaded the adapters.");
  return { window, adapters: window.adapters };
}
