import type { JobTable, TableShape } from "@cassandra-rekey/core";
import type { PageWriter } from "../writer/page-writer.ts";
import type { PageSize } from "./page-size.ts";

/** One table of a run, with everything that its chunks share. */
export interface TableRun {
  readonly table: JobTable;
  readonly shape: TableShape;
  readonly readConsistency: string;
  readonly writeConsistency: string;
  /** Past this age nothing more of a page is sent, milliseconds. */
  readonly maxAgeMs: number;
  readonly writer: PageWriter;
  readonly pageSize: PageSize;
}
