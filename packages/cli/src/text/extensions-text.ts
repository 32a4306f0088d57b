import type { ExtensionList } from "../engine-access.ts";
import { kindWord } from "../json/extensions-json.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { Style } from "../terminal/style.ts";
import { textTable } from "../terminal/text-table.ts";

/** The extensions, a line each, then what is worth knowing of packages that are not used. */
export function extensionsText({ extensions, notes }: ExtensionList, style: Style): readonly string[] {
  const table = textTable(
    [{ head: "KIND" }, { head: "NAME" }, { head: "PACKAGE" }, { head: "VERSION" }, { head: "FROM" }],
    extensions.map((found) => [
      kindWord(found.kind),
      found.name,
      found.package,
      oneLine(found.version),
      oneLine(found.origin) + (found.allowed ? "" : style("yellow", " (refused by plugins.allow)")),
    ]),
    style,
  );
  return [...table, ...notes.flatMap((note) => ["", `${style("yellow", "Note")}: ${oneLine(note)}`])];
}
