/** The user's sessions on all devices, each to be signed out from here. */
import type { SessionInfo } from "@lockstep/core";
import { element, fromTemplate, onClick, setText } from "./elements.ts";
import { ago } from "./relative-time.ts";
import type { DemoSession } from "./session.ts";
import { isStepUpCancelled } from "./step-up-dialog.ts";

export interface DevicesPanel {
  /** Shows what the server has now. */
  look(): void;
}

const nameOf = ({ device }: SessionInfo): string =>
  [device.browser ?? "Unknown browser", device.os].filter(Boolean).join(" on ");

export function showDevicesPanel(session: DemoSession, announce: (text: string) => void): DevicesPanel {
  const panel = element("#my-devices", HTMLElement);
  const list = element("#devices", HTMLUListElement);
  let shownSession: string | null = null;

  async function revoke(info: SessionInfo): Promise<void> {
    await session.sessions.revoke(info.id);
    await show();
    announce(`${nameOf(info)} is signed out.`);
    // The button that had the focus is gone.
    list.focus();
  }

  function itemOf(info: SessionInfo): HTMLElement {
    const { current, device, location, address, lastUsedAt } = info;
    const item = fromTemplate("#device-template");
    element(".device-icon", HTMLElement, item).dataset["kind"] = device.kind ?? "desktop";
    setText(element("strong", HTMLElement, item), device.browser ?? "Unknown browser");
    const details = [device.os, `used ${ago(lastUsedAt)}`, location, address].filter(Boolean);
    setText(element("small", HTMLElement, item), details.join(" · "));
    const button = element("button", HTMLButtonElement, item);
    button.ariaLabel = `Sign out ${nameOf(info)}`;
    onClick(
      button,
      () => revoke(info),
      (error) => {
        if (!isStepUpCancelled(error)) announce("That device could not be signed out.");
      },
    );
    (current ? button : element(".device-own", HTMLElement, item)).remove();
    return item;
  }

  async function show(): Promise<void> {
    const sessions = await session.sessions.list();
    list.replaceChildren(...sessions.map(itemOf));
  }

  /** What cannot be read now is read with the next look. */
  function look(): void {
    if (shownSession !== null && document.visibilityState === "visible") show().catch(() => undefined);
  }

  session.subscribe((snapshot) => {
    const sessionId = snapshot.status === "authenticated" ? snapshot.sessionId : null;
    if (sessionId === shownSession) return;
    shownSession = sessionId;
    panel.hidden = sessionId === null;
    if (sessionId === null) list.replaceChildren();
    else look();
  });
  document.addEventListener("visibilitychange", look);
  window.addEventListener("focus", look);
  return { look };
}
