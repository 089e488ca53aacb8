/** The time line in words, newest first; what many tabs did alike is one line. */
import { element, fromTemplate, setText } from "./elements.ts";
import { wordsOf } from "./event-words.ts";
import type { TabList } from "./tab-list.ts";
import type { Happening, TabTalk } from "./tab-talk.ts";

const longestLog = 120;

/** Tabs that do the same within this time share a line. */
const togetherMs = 1_500;

/** How far back a line that others share is looked for. */
const sharedLines = 4;

interface Line {
  readonly item: HTMLElement;
  readonly words: string;
  readonly wall: number;
  readonly numbers: Set<number>;
}

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

/** "Tab 3", "Tabs 1, 4, 5", "Tabs 1–6, 9". */
function namesOf(numbers: ReadonlySet<number>): string {
  const runs: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === number - 1) run[1] = number;
    else runs.push([number, number]);
  }
  const texts = runs.map(([first, last]) => {
    if (first === last) return `${first}`;
    return last === first + 1 ? `${first}, ${last}` : `${first}–${last}`;
  });
  return `${numbers.size === 1 ? "Tab" : "Tabs"} ${texts.join(", ")}`;
}

export function showLog(tabs: TabList, talk: TabTalk): void {
  const list = element("#log", HTMLOListElement);
  const lines: Line[] = [];

  function add(number: number, { event, wall }: Happening): void {
    const words = wordsOf(event, tabs.nameOf);
    if (words === null) return;
    const shared = lines
      .slice(-sharedLines)
      .find((line) => line.words === words && wall - line.wall < togetherMs);
    if (shared !== undefined) {
      shared.numbers.add(number);
      setText(element(".log-tabs", HTMLElement, shared.item), namesOf(shared.numbers));
      return;
    }
    const item = fromTemplate("#log-template");
    item.dataset["event"] = event.type;
    setText(element("time", HTMLElement, item), clock.format(wall));
    setText(element(".log-tabs", HTMLElement, item), namesOf(new Set([number])));
    setText(element(".log-words", HTMLElement, item), words);
    // Messages of several tabs arrive in any order; the lines stand in the order of what happened.
    const index = lines.findLastIndex((line) => line.wall <= wall) + 1;
    list.insertBefore(item, lines[index - 1]?.item ?? null);
    lines.splice(index, 0, { item, words, wall, numbers: new Set([number]) });
    if (lines.length > longestLog) lines.shift()?.item.remove();
  }

  talk.listen((message) => {
    if (message.kind !== "card") return;
    for (const happening of message.happened) add(message.card.number, happening);
  });
}
