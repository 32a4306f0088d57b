import type { StatusReport } from "@cassandra-rekey/engine";
import { overallFraction, scannedRows } from "../text/overall.ts";
import { Pace } from "./pace.ts";

/** The paces of a job that is watched, as a whole and table by table. */
export class JobPace {
  readonly overall = new Pace();
  readonly #tables: Pace[] = [];

  /** Takes note of a report, read at `atMs` by any clock that does not go back. */
  hear({ tables }: StatusReport, atMs: number): void {
    this.overall.mark(atMs, overallFraction(tables), scannedRows(tables));
    for (const [index, table] of tables.entries()) {
      this.#tables[index] ??= new Pace();
      this.#tables[index].mark(atMs, table.fraction, table.rows.scanned);
    }
  }

  /** Of the table at that place in the reports. */
  table(index: number): Pace | undefined {
    return this.#tables[index];
  }
}
