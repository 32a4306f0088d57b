import { stripVTControlCharacters } from "node:util";

/** Text from elsewhere (servers, files, plugins) without anything that a terminal would obey; line breaks stay. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}/gu, (character) => (character === "\n" ? "\n" : " "));
}

/** {@link plainText} on one line. */
export function oneLine(text: string): string {
  return plainText(text).replace(/\s+/g, " ").trim();
}

/** The columns that a text takes on a terminal. */
export function visibleWidth(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** The text, or its end where it is wider than `columns`: of a table's name, the end tells most. */
export function endOfWidth(text: string, columns: number): string {
  const characters = [...text];
  return characters.length <= columns
    ? text
    : `…${characters.slice(characters.length - columns + 1).join("")}`;
}

/** The parts two blanks apart, on as many lines as `columns` makes necessary. */
export function inLines(parts: readonly string[], columns: number): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = `${lines.at(-1)}  ${part}`;
    if (lines.length > 0 && visibleWidth(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

/** The text, or its beginning without colours where it is wider than `columns`. */
export function cutToWidth(text: string, columns: number): string {
  if (visibleWidth(text) <= columns) return text;
  const characters = [...stripVTControlCharacters(text)];
  return `${characters.slice(0, Math.max(0, columns - 1)).join("")}…`;
}
