import type { RunProgress } from "@cassandra-rekey/engine";
import { formatCount } from "../format/count.ts";
import { formatBar, formatPercent } from "../format/fraction.ts";
import { visibleWidth } from "../terminal/plain-text.ts";
import type { Screen } from "../terminal/screen.ts";
import type { Style } from "../terminal/style.ts";
import { tableName } from "../text/table-name.ts";
import { progressParts } from "./progress-parts.ts";
import type { ProgressView } from "./progress-view.ts";

const BAR_WIDTH = 24;

/** A bar for each table and a line for the whole, drawn again in place. */
export class BarProgress implements ProgressView {
  readonly #screen: Screen;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  update(progress: RunProgress): void {
    this.#screen.draw(progressLines(progress, this.#screen.style));
  }

  close(): void {
    this.#screen.release();
  }
}

/** The lines of {@link BarProgress}. */
export function progressLines(progress: RunProgress, style: Style): readonly string[] {
  const names = progress.tables.map(tableName);
  const rows = progress.tables.map((table) => formatCount(table.rows.scanned));
  const nameWidth = Math.max(0, ...names.map(visibleWidth));
  const rowWidth = Math.max(0, ...rows.map((text) => text.length));
  return [
    ...progress.tables.map((table, at) => {
      const { pending, running, done, failed } = table.chunks;
      const chunks = `${formatCount(done)}/${formatCount(pending + running + done + failed)} chunks`;
      return [
        (names[at] ?? "").padEnd(nameWidth),
        style(table.fraction >= 1 ? "green" : "cyan", formatBar(table.fraction, BAR_WIDTH)),
        formatPercent(table.fraction).padStart(7),
        `${(rows[at] ?? "").padStart(rowWidth)} rows`,
        failed > 0 ? style("red", `${chunks}, ${formatCount(failed)} failed`) : chunks,
      ].join("  ");
    }),
    progressParts(progress)
      .map(({ text, notable }) => (notable ? style("yellow", text) : text))
      .join("  "),
  ];
}
