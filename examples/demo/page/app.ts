/** The page, put together. */
import { showDevicesPanel } from "./devices-panel.ts";
import { element, setText } from "./elements.ts";
import { showFigures } from "./figures-view.ts";
import { showLog } from "./log-view.ts";
import { showPasswordForm } from "./password-form.ts";
import { showRequestsPanel } from "./requests-panel.ts";
import { followServerFigures } from "./server-figures.ts";
import { createDemoSession } from "./session.ts";
import { showSessionPanel } from "./session-panel.ts";
import { joinTabList } from "./tab-list.ts";
import { openTabTalk } from "./tab-talk.ts";
import { showTabs } from "./tabs-view.ts";
import { showTimeline } from "./timeline-view.ts";
import { showTroublePanel } from "./trouble-panel.ts";

const readingMs = 7_000;

const announcement = element("#announcement", HTMLElement);
let clearing: number | undefined;

/** Says what came of a click, to eyes and screen readers alike, for as long as it takes to read. */
function announce(text: string): void {
  setText(announcement, text);
  window.clearTimeout(clearing);
  clearing = window.setTimeout(() => setText(announcement, ""), readingMs);
}

const session = createDemoSession();
const talk = openTabTalk();
const figures = followServerFigures(talk);
showFigures(figures);
const devices = showDevicesPanel(session, announce);
showSessionPanel({ session, announce, othersSignedOut: devices.look });
showPasswordForm(session, announce);
showRequestsPanel(session, talk);

const tabs = await joinTabList(session, talk);
showTabs(tabs, figures);
showTimeline(tabs, talk);
showLog(tabs, talk);
showTroublePanel({ session, talk, tabs, figures, announce });
document.title = `Tab ${tabs.own().number} · Lockstep`;
session.start();
