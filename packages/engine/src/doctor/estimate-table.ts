import type { TableEstimate } from "../reports.ts";
import type { TableSample } from "./table-sample.ts";

/** What an estimate is made for. */
export interface EstimateScene {
  readonly keyspace: string;
  readonly table: string;
  readonly workers: number;
  /** Replicas of each row, in all data centres; 1 where it is not known. */
  readonly replicas: number;
}

/** Writing takes about as long again as reading and sealing: measured at one half to two thirds of a run. */
const WITH_WRITING = 2.5;

/** The whole table by a sample of it. Workers read side by side; sealing is one process' own. */
export function estimateTable(
  { keyspace, table, workers, replicas }: EstimateScene,
  sample: TableSample,
): TableEstimate {
  const scale = sample.fraction > 0 ? 1 / sample.fraction : 0;
  const onePassMs = (sample.readMs / workers + sample.sealMs) * scale;
  return {
    keyspace,
    table,
    sampledRows: sample.rows,
    exact: sample.fraction === 1,
    rows: Math.round(sample.rows * scale),
    bytes: Math.round(sample.bytes * scale),
    cells: sample.census.map(({ column, keyVersion, cells }) => {
      return { column, keyVersion, cells: Math.round(cells * scale) };
    }),
    durationMs: onePassMs * WITH_WRITING,
    diskGrowthBytes: Math.round(sample.written * scale * replicas),
  };
}
