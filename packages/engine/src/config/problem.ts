import { type ErrorCode, RekeyError } from "@cassandra-rekey/core";
import type { ConfigPath, Place } from "./settings.ts";

/** More lines would only scroll the first ones away. */
const MAX_SHOWN = 200;

/** Something wrong with one place of the configuration; `what` goes on from the path: `is missing`. */
export interface Problem {
  readonly path: ConfigPath;
  readonly what: string;
  /** Where, when it is not where `path` stands. */
  readonly place?: Place;
}

/** What is needed to tell where a problem is. */
export interface Located {
  readonly path: string;
  locate(path: ConfigPath): Place;
}

/** `tables[0].chunks` */
export function describePath(path: ConfigPath): string {
  let text = "";
  for (const segment of path) {
    if (typeof segment === "number") text += `[${segment}]`;
    else text += text === "" ? segment : `.${segment}`;
  }
  return text === "" ? "the configuration" : text;
}

/** `config.yaml:12:5 tables[0].chunks: must be at least 1` */
export function describeProblem(source: Located, problem: Problem): string {
  const { line, col } = problem.place ?? source.locate(problem.path);
  return `${source.path}:${line}:${col} ${describePath(problem.path)}: ${problem.what}`;
}

/** One error for all problems, in the order of the file. */
export function configError(
  source: Located,
  problems: readonly Problem[],
  code: ErrorCode = "CONFIG.INVALID",
): RekeyError {
  const placed = problems
    .map((problem) => ({ problem, place: problem.place ?? source.locate(problem.path) }))
    .sort((a, b) => a.place.line - b.place.line || a.place.col - b.place.col)
    .map(({ problem }) => describeProblem(source, problem));
  const lines = [...new Set(placed)];
  const count = lines.length === 1 ? "1 problem" : `${lines.length} problems`;
  const shown = lines.slice(0, MAX_SHOWN);
  if (lines.length > shown.length) shown.push(`and ${lines.length - shown.length} more, further down`);
  return new RekeyError(code, `${source.path} has ${count}`, { problems: shown });
}
