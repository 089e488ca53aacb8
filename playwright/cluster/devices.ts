/** Browsers with five tabs each, signed in. */
import type { BrowserContext } from "@playwright/test";
import type { Witness } from "../support/tabs.js";
import { createDevice, type Device } from "./device.js";
import type { Service } from "./service.js";

const tabsEach = 5;

/** @param userOf who signs in, in which browser */
export async function openDevices(
  service: Service,
  contexts: readonly BrowserContext[],
  witness: Witness,
  userOf: (browser: number) => string,
): Promise<readonly Device[]> {
  const devices: Device[] = [];
  for (const [index, context] of contexts.entries()) {
    const names = { name: `browser-${index + 1}`, user: userOf(index) };
    const device = await createDevice(service, context, { ...names, witness });
    for (let tab = 0; tab < tabsEach; tab += 1) await device.open();
    await device.signIn();
    devices.push(device);
  }
  return devices;
}
