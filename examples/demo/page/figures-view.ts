/** The counts at the server, each under its own name. */
import type { Figures } from "../backend/figures.ts";
import { element, setText } from "./elements.ts";
import type { ServerFigures } from "./server-figures.ts";

const names = ["refreshRequests", "reuseEvents", "signOuts", "accepted", "refused"] as const;

export function showFigures(figures: ServerFigures): void {
  const cells = names.map((name) => ({ name, cell: element(`[data-figure="${name}"]`, HTMLElement) }));

  function show(now: Figures): void {
    for (const { name, cell } of cells) setText(cell, now[name].toLocaleString("en"));
    document.body.dataset["network"] = now.network;
  }
  figures.onChange(show);
}
