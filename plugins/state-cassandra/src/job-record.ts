import type { Job, JobKind, JobState, JobTable } from "@cassandra-rekey/core";
import type { types } from "cassandra-driver";

/** How the Python tool spells states, which `rekey_jobs.status` keeps. */
export const PYTHON_STATUS: Readonly<Record<JobState, string>> = {
  planned: "PENDING",
  running: "RUNNING",
  paused: "PAUSED",
  done: "DONE",
  failed: "FAILED",
};

/** A job from its rows in `rekey_jobs`, whoever planned it. */
export function readJob(rows: readonly types.Row[]): Job | undefined {
  const [first] = rows;
  if (!first) return undefined;
  const own = first.get("format") !== null;
  const state =
    (first.get("job_state") as JobState | null) ?? stateOf(rows.map((row) => String(row.get("status"))));
  const created = rows.map((row) => (row.get("created_at") as Date | null)?.getTime() ?? 0);
  return {
    id: String(first.get("job_id")),
    kind: (first.get("kind") as JobKind | null) ?? "rekey",
    state,
    createdAt: Math.min(...created),
    ...(state === "done" && finishedAt(first)),
    tables: rows.map(readTable),
    origin: own ? "cassandra-rekey" : "python",
  };
}

/** When a job of ours became done: `done` is the last state that is written. Absent where nobody asked for it. */
function finishedAt(row: types.Row): Pick<Job, "finishedAt"> | undefined {
  const moved = row.get("moved_at") as bigint | null | undefined;
  return moved ? { finishedAt: Number(moved / 1000n) } : undefined;
}

function readTable(row: types.Row): JobTable {
  const definition = row.get("definition") as string | null;
  if (definition !== null) return JSON.parse(definition) as JobTable;
  const name = String(row.get("table_name"));
  const fingerprint = row.get("schema_fingerprint") as string | null;
  return {
    id: name,
    keyspace: undefined,
    name,
    columns: [],
    // The Python tool's guard is not safe against plain writes; fencing is.
    writeMode: "fenced",
    schema: undefined,
    chunks: Number(row.get("total_chunks") ?? 0),
    ...(fingerprint !== null && { pythonFingerprint: fingerprint }),
  };
}

/** The state of a job of the Python tool, which keeps one status for each table. */
function stateOf(statuses: readonly string[]): JobState {
  if (statuses.every((status) => status === "DONE")) return "done";
  if (statuses.includes("PAUSED")) return "paused";
  if (statuses.every((status) => status === "PENDING")) return "planned";
  return "running";
}
