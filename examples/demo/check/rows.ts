/** The table of figures: one line each, with its target and whether that was met. */

export interface Row {
  readonly name: string;
  /** As it was measured. */
  readonly figure: string;
  /** What it must be. */
  readonly target: string;
  readonly ok: boolean;
}

/** A figure that must be exactly that. */
export function exactly(name: string, measured: number, target: number): Row {
  return { name, figure: `${measured}`, target: `${target}`, ok: measured === target };
}

/** How many of how many; all of them must. */
export function allOf(name: string, measured: number, total: number): Row {
  return { name, figure: `${measured} of ${total}`, target: "all", ok: total > 0 && measured === total };
}

/** What could not be measured has failed. */
export function unmeasured(name: string, error: unknown): Row {
  const message = error instanceof Error ? error.message : String(error);
  return { name, figure: "none", target: message, ok: false };
}

/** One line per row: `passed` or `FAILED`, the name, the figure, the target. */
export function printRows(rows: readonly Row[]): void {
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const figureWidth = Math.max(...rows.map(({ figure }) => figure.length));
  for (const { name, figure, target, ok } of rows)
    console.log(
      `  ${ok ? "passed" : "FAILED"}  ${name.padEnd(nameWidth)}  ${figure.padStart(figureWidth)}   target ${target}`,
    );
}
