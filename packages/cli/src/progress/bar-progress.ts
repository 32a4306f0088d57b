import type { RunProgress } from "@cassandra-rekey/engine";
import { formatCount } from "../format/count.ts";
import { formatBar, formatPercent } from "../format/fraction.ts";
import { endOfWidth, inLines, visibleWidth } from "../terminal/plain-text.ts";
import type { Screen } from "../terminal/screen.ts";
import type { Style } from "../terminal/style.ts";
import { tableName } from "../text/table-name.ts";
import { progressParts } from "./progress-parts.ts";
import type { ProgressView } from "./progress-view.ts";

const WIDEST_BAR = 24;
const NARROWEST_BAR = 6;
const BRACKETS = 2;
const SHORTEST_NAME = 8;
const GAP = "  ";

/** A bar for each table and lines for the whole, drawn again in place. */
export class BarProgress implements ProgressView {
  readonly #screen: Screen;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  update(progress: RunProgress): void {
    this.#screen.draw(progressLines(progress, this.#screen.style, this.#screen.columns));
  }

  close(): void {
    this.#screen.release();
  }
}

/** The lines of {@link BarProgress}. Where there is little room, bars and names are short, then bars are left out. */
export function progressLines(
  progress: RunProgress,
  style: Style,
  columns = Number.POSITIVE_INFINITY,
): readonly string[] {
  const rows = progress.tables.map((table) => ({
    name: tableName(table),
    table,
    percent: formatPercent(table.fraction).padStart(7),
    scanned: `${formatCount(table.rows.scanned)} rows`,
    chunks: chunksOf(table.chunks),
  }));
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(visibleWidth));
  const scannedWidth = widest(rows.map((row) => row.scanned));
  const numbers = 7 + scannedWidth + widest(rows.map((row) => row.chunks)) + 2 * GAP.length;
  const { nameWidth, barWidth } = shareOut(
    columns - numbers - 2 * GAP.length - BRACKETS,
    widest(rows.map((row) => row.name)),
  );
  return [
    ...rows.map(({ name, table, percent, scanned, chunks }) =>
      [
        endOfWidth(name, nameWidth).padEnd(nameWidth),
        ...(barWidth === 0
          ? []
          : [style(table.fraction >= 1 ? "green" : "cyan", formatBar(table.fraction, barWidth))]),
        percent,
        scanned.padStart(scannedWidth),
        table.chunks.failed > 0 ? style("red", chunks) : chunks,
      ].join(GAP),
    ),
    ...inLines(
      progressParts(progress).map(({ text, notable }) => (notable ? style("yellow", text) : text)),
      columns,
    ),
  ];
}

function chunksOf({ pending, running, done, failed }: RunProgress["tables"][number]["chunks"]): string {
  const text = `${formatCount(done)}/${formatCount(pending + running + done + failed)} chunks`;
  return failed > 0 ? `${text}, ${formatCount(failed)} failed` : text;
}

/** Shares out the columns that the numbers leave: the bar gives way first, then the name, then the bar is gone. */
function shareOut(room: number, longestName: number): { nameWidth: number; barWidth: number } {
  const nameWidth = Math.min(longestName, Math.max(SHORTEST_NAME, room - NARROWEST_BAR));
  const barWidth = Math.min(WIDEST_BAR, room - nameWidth);
  if (barWidth >= NARROWEST_BAR) return { nameWidth, barWidth };
  const withoutBar = room + BRACKETS + GAP.length;
  return { nameWidth: Math.min(longestName, Math.max(SHORTEST_NAME, withoutBar)), barWidth: 0 };
}
