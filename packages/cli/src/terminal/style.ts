import { styleText } from "node:util";

/** The few ways in which text is set off. */
export type Emphasis = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Sets text off, or returns it as it is where colours are not wanted. */
export type Style = (emphasis: Emphasis, text: string) => string;

/** For pipes, files and tests. */
export const noStyle: Style = (_, text) => text;

const ansi: Style = (emphasis, text) => styleText(emphasis, text, { validateStream: false });

/** Colours on a terminal unless `NO_COLOR` or `TERM=dumb` says otherwise; `FORCE_COLOR` asks for them anywhere. */
export function styleFor(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Style {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return noStyle;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined && forced !== "" && forced !== "0" && forced !== "false") return ansi;
  return isTerminal && env.TERM !== "dumb" ? ansi : noStyle;
}
