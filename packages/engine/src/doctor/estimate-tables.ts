import { type ClusterSession, createCellSource } from "@cassandra-rekey/cassandra";
import type { Clock, Random } from "@cassandra-rekey/core";
import type { LoadedConfig } from "../config/settings.ts";
import type { Keyrings } from "../keyring/keyrings.ts";
import { tableRekeyer } from "../page/rekeyer.ts";
import type { TableEstimate } from "../reports.ts";
import { passShape, tablePasses } from "../tables/table-passes.ts";
import type { Checks } from "./checks.ts";
import { estimateTable } from "./estimate-table.ts";
import type { ReadableTable } from "./readable-table.ts";
import { readPlacement } from "./replica-check.ts";
import { type SampleParts, sampleRing } from "./table-sample.ts";

/** What {@link estimateTables} samples with. */
export interface EstimateParts {
  readonly config: LoadedConfig;
  readonly keyrings: Keyrings;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Pages for each pass over a table. */
  readonly sample: number;
}

/** Rows of a sampled page at most: many small pages say more than a few large ones. */
const PAGE_ROWS = 200;

/** Estimates what a run would meet, one line for each table, or two where it has static columns as well. */
export async function estimateTables(
  checks: Checks,
  session: ClusterSession,
  { config: { settings }, keyrings, clock, random, signal, sample }: EstimateParts,
  tables: readonly ReadableTable[],
): Promise<readonly TableEstimate[]> {
  const source = createCellSource(session);
  const { workers, pageSize } = settings.execution;
  const estimates: TableEstimate[] = [];
  for (const { settings: table, schema } of tables) {
    const { keyspace, name, consistency } = table;
    const factors = readPlacement(session, keyspace)?.factors.values() ?? [1];
    const replicas = [...factors].reduce((sum, factor) => sum + factor, 0);
    const rekeyer = tableRekeyer(keyrings, table);
    const pageRows = Math.min(PAGE_ROWS, pageSize);
    const parts: SampleParts = {
      ...{ source, rekeyer, clock, random, pageRows },
      consistency: consistency.read,
    };
    await checks.attempt(
      "keys.sample",
      async () => {
        for (const pass of tablePasses(table, schema)) {
          const found = await sampleRing(parts, passShape(pass, schema), sample, signal);
          const title = pass.scan === "partitions" ? `${name} (static)` : name;
          estimates.push(estimateTable({ keyspace, table: title, workers, replicas }, found));
        }
      },
      `${keyspace}.${name}`,
    );
  }
  return estimates;
}
