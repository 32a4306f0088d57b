import { readFileSync } from "node:fs";
import type { RekeyError } from "@cassandra-rekey/core";
import { notStarted } from "../not-started.ts";

const REPORTED_LINES = 15;

/** The last lines of a text that say anything. */
export function lastLines(text: string, count: number): readonly string[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-count);
}

/** Why a node died while it started: its first error in one line, and the end of its log. */
export function deathReport(version: string, host: string, how: string, log: string): RekeyError {
  const text = readFileSync(log, "utf8");
  const lines = lastLines(text, REPORTED_LINES);
  const first = text.split("\n").find((line) => /^(ERROR|Exception|Error|Unrecognized|Invalid)/.test(line));
  const problems = first === undefined || lines.includes(first) ? lines : [first, ...lines];
  return notStarted(
    `Cassandra ${version} on ${host} died while it started (${how}): ${first ?? lines.at(-1) ?? "its log is empty"}`,
    "The last lines of its log say why.",
    problems,
  );
}
