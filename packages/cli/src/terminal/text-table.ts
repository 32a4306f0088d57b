import { visibleWidth } from "./plain-text.ts";
import type { Style } from "./style.ts";

/** One column of a table. */
export interface TextColumn {
  readonly head: string;
  /** Numbers are easier to compare when they end in one line. */
  readonly align?: "left" | "right";
}

/** Lines of aligned columns under a head, two blanks apart, without blanks at their ends. */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  style: Style,
): readonly string[] {
  const heads = columns.map((column) => column.head);
  const widths = heads.map((head, at) =>
    Math.max(visibleWidth(head), ...rows.map((row) => visibleWidth(row[at] ?? ""))),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, at) => pad(cells[at] ?? "", widths[at] ?? 0, column.align ?? "left"))
      .join("  ")
      .trimEnd();
  return [style("bold", line(heads)), ...rows.map(line)];
}

function pad(text: string, width: number, align: "left" | "right"): string {
  const blanks = " ".repeat(Math.max(0, width - visibleWidth(text)));
  return align === "right" ? blanks + text : text + blanks;
}
