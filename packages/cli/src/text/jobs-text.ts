import type { Job } from "@cassandra-rekey/core";
import { formatInstant } from "../format/instant.ts";
import type { Style } from "../terminal/style.ts";
import { textTable } from "../terminal/text-table.ts";
import { tableName } from "./table-name.ts";

/** The jobs of a state store, a line each. */
export function jobsText(jobs: readonly Job[], style: Style): readonly string[] {
  if (jobs.length === 0) return ["There are no jobs."];
  return textTable(
    [
      { head: "JOB" },
      { head: "KIND" },
      { head: "STATE" },
      { head: "CREATED" },
      { head: "PLANNED BY" },
      { head: "TABLES" },
    ],
    jobs.map((job) => [
      job.id,
      job.kind,
      job.state,
      formatInstant(job.createdAt),
      job.origin === "python" ? "Python tool" : "cassandra-rekey",
      job.tables.map(tableName).join(", "),
    ]),
    style,
  );
}
