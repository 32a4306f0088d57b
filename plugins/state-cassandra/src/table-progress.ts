import { ringFraction, sumTotals, type TableProgress } from "@cassandra-rekey/core";
import type { LedgerEntry } from "./ledger.ts";

const STATES = { PENDING: "pending", RUNNING: "running", DONE: "done", FAILED: "failed" } as const;

/** Sums up the entries of one table. */
export function tableProgress(table: string, entries: readonly LedgerEntry[]): TableProgress {
  const chunks = { pending: 0, running: 0, done: 0, failed: 0 };
  let fraction = 0;
  let lastError: string | undefined;
  for (const entry of entries) {
    const state = STATES[entry.status as keyof typeof STATES] ?? "pending";
    chunks[state] += 1;
    if (state === "done") fraction += ringFraction(entry.range);
    lastError = entry.lastError ?? lastError;
  }
  const totals = sumTotals(entries.map((entry) => entry.totals));
  return { table, chunks, totals, fraction: Math.min(1, fraction), lastError };
}
