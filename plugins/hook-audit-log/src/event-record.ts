import type { RekeyEvent } from "@cassandra-rekey/core";

/** How much is recorded: of the job and its tables, also of chunks, also of pages. */
export type Detail = "job" | "chunk" | "page";

const LEVELS: Readonly<Record<string, Detail>> = {
  job: "job",
  table: "job",
  quarantine: "job",
  hook: "job",
  chunk: "chunk",
  lease: "chunk",
  page: "page",
  key: "page",
  retry: "page",
  throttle: "page",
};
const ORDER: readonly Detail[] = ["job", "chunk", "page"];

/** What is recorded of an event, or `undefined`. Primary keys are left out: the quarantine has them. */
export function recordOf(event: RekeyEvent, detail: Detail): { readonly type: string } | undefined {
  if (event.type === "table.progress") return undefined;
  const level = LEVELS[event.type.split(".")[0] ?? ""];
  if (level === undefined || ORDER.indexOf(level) > ORDER.indexOf(detail)) return undefined;
  if (event.type !== "quarantine") return event;
  const { type, jobId, entries } = event;
  const counts = new Map<string, number>();
  for (const { table, column, reason } of entries) {
    const place = JSON.stringify({ table, column, reason });
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  const cells = [...counts].map(([place, count]) => ({ ...(JSON.parse(place) as object), count }));
  return { type, jobId, cells } as { readonly type: string };
}
