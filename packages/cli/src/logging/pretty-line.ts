import { oneLine } from "../terminal/plain-text.ts";
import type { Emphasis, Style } from "../terminal/style.ts";

const EMPHASIS: Readonly<Record<string, Emphasis>> = {
  trace: "dim",
  debug: "dim",
  info: "cyan",
  warn: "yellow",
  error: "red",
  fatal: "red",
};
const SHOWN_ELSEWHERE = new Set(["time", "level", "msg", "pid", "hostname"]);

/** A structured log line as one line for people; a line that is not JSON comes back as it is. */
export function prettyLine(line: string, style: Style): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const level = String(record.level);
  const fields = Object.entries(record)
    .filter(([name]) => !SHOWN_ELSEWHERE.has(name))
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const text = [
    style("dim", String(record.time).slice(11, 19)),
    style(EMPHASIS[level] ?? "bold", level.toUpperCase().padEnd(5)),
    oneLine(String(record.msg ?? "")),
    ...(fields.length === 0 ? [] : [style("dim", oneLine(fields.join(" ")))]),
  ];
  return `${text.join(" ")}\n`;
}
