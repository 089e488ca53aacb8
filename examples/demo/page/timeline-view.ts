/** The last minute of all tabs: a lane for each, and a line through all of them wherever a new token arrived. */
import type { Inspected } from "@lockstep/core";
import { element, fromTemplate, setText } from "./elements.ts";
import type { TabList } from "./tab-list.ts";
import type { TabTalk } from "./tab-talk.ts";

const spanMs = 60_000;

/** Marks stay a little longer than they are seen. */
const keptMs = spanMs + 5_000;

type MarkKind = "flight" | "queue" | "adopted" | "signed-in" | "signed-out" | "pause";

const markWords: Readonly<Record<MarkKind, string>> = {
  flight: "refreshed",
  queue: "waited for the lock",
  adopted: "adopted",
  "signed-in": "signed in",
  "signed-out": "signed out",
  pause: "failed, and paused",
};

interface Lane {
  readonly row: HTMLElement;
  readonly strip: HTMLElement;
  /** Spans that have begun and not ended. */
  readonly open: Map<MarkKind, HTMLElement>;
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const beganAt = Date.now();

/** A place on the strips, in percent of their width; they move, the marks do not. */
function placeOf(wall: number): number {
  return ((wall - beganAt) / spanMs) * 100;
}

export function showTimeline(tabs: TabList, talk: TabTalk): void {
  const timeline = element("#timeline", HTMLElement);
  const rows = element("#lanes", HTMLElement);
  const beats = element("#beats", HTMLElement);
  const lanes = new Map<number, Lane>();
  let newestBeat = "";

  function laneOf(number: number): Lane {
    const existing = lanes.get(number);
    if (existing !== undefined) return existing;
    const row = fromTemplate("#lane-template");
    setText(element(".lane-name", HTMLElement, row), `Tab ${number}`);
    const lane = { row, strip: element(".lane-strip", HTMLElement, row), open: new Map() };
    const next = [...lanes.keys()].filter((other) => other > number).sort((a, b) => a - b)[0];
    rows.insertBefore(row, next === undefined ? null : (lanes.get(next)?.row ?? null));
    lanes.set(number, lane);
    return lane;
  }

  function put(parent: HTMLElement, className: string, wall: number): HTMLElement {
    const mark = document.createElement("span");
    mark.className = className;
    mark.style.left = `${placeOf(wall)}%`;
    parent.append(mark);
    setTimeout(() => mark.remove(), keptMs);
    return mark;
  }

  function mark(lane: Lane, kind: MarkKind, wall: number): HTMLElement {
    const added = put(lane.strip, `mark ${kind}`, wall);
    added.title = markWords[kind];
    return added;
  }

  function begin(lane: Lane, kind: MarkKind, wall: number): void {
    if (lane.open.has(kind)) return;
    lane.open.set(kind, mark(lane, kind, wall));
  }

  function stretch(span: HTMLElement, wall: number): void {
    span.style.width = `${placeOf(wall) - Number.parseFloat(span.style.left)}%`;
  }

  function end(lane: Lane, kind: MarkKind): void {
    const span = lane.open.get(kind);
    if (span === undefined) return;
    stretch(span, Date.now());
    span.classList.add("over");
    lane.open.delete(kind);
  }

  function beat(epoch: string, revision: number, wall: number): void {
    const name = `${epoch}/${revision}`;
    if (name === newestBeat) return;
    newestBeat = name;
    put(beats, "beat", wall).dataset["token"] = String(revision);
  }

  function take(number: number, event: Inspected, wall: number): void {
    const lane = laneOf(number);
    switch (event.type) {
      case "lock-requested":
        return begin(lane, "queue", wall);
      case "lock-granted":
        return end(lane, "queue");
      case "refresh-sent":
        return begin(lane, "flight", wall);
      case "refreshed":
        beat(event.tab, event.revision, wall);
        return lane.open.has("flight") ? end(lane, "flight") : void mark(lane, "signed-in", wall);
      case "backing-off":
        mark(lane, "pause", wall);
        return end(lane, "flight");
      case "adopted":
        return void mark(lane, "adopted", wall);
      case "signed-out":
        mark(lane, "signed-out", wall);
        return end(lane, "flight");
      case "transition":
        return event.phase === "locking" ? undefined : end(lane, "queue");
      case "signed-in":
      case "user-changed":
      case "idle-warning":
      case "expiry-warning":
      case "warning-cleared":
      case "claim-awaited":
      case "lock-stolen":
      case "revocation-sent":
      case "revocation-confirmed":
      case "listening":
      case "message-ignored":
      case "degraded":
    }
  }

  talk.listen((message) => {
    if (message.kind !== "card") return;
    for (const { event, wall } of message.happened) take(message.card.number, event, wall);
  });

  function dropGoneLanes(): void {
    const alive = new Set(tabs.cards().map(({ number }) => number));
    for (const [number, lane] of lanes) {
      const isGone = !alive.has(number);
      lane.row.toggleAttribute("data-gone", isGone);
      for (const open of isGone ? lane.open.keys() : []) end(lane, open);
      if (!isGone || lane.strip.childElementCount > 0) continue;
      lane.row.remove();
      lanes.delete(number);
    }
    for (const number of alive) laneOf(number);
  }

  function draw(): void {
    const now = Date.now();
    timeline.style.setProperty("--shift", `${100 - placeOf(now)}%`);
    for (const { open } of lanes.values()) for (const span of open.values()) stretch(span, now);
  }

  tabs.onChange(dropGoneLanes);
  setInterval(dropGoneLanes, 1_000);
  if (calm.matches) {
    setInterval(draw, 1_000);
    return;
  }
  const frame = (): void => {
    draw();
    requestAnimationFrame(frame);
  };
  frame();
}
