import { type ClusterSession, createCellSource } from "@cassandra-rekey/cassandra";
import {
  type CellSource,
  MAX_TOKEN,
  MIN_TOKEN,
  type Page,
  type PageRequest,
  type Random,
  type Row,
  type TokenRange,
} from "@cassandra-rekey/core";
import type { Settings } from "../config/settings.ts";
import { PageSize } from "../executor/page-size.ts";
import { readingCost, sealingCost } from "../keyring/key-costs.ts";
import type { Keyrings } from "../keyring/keyrings.ts";
import { type ColumnKeys, tableKeys } from "../page/column-keys.ts";
import { pageSlots } from "../page/page-slots.ts";
import { passShape, type TablePass, tablePasses } from "../tables/table-passes.ts";
import type { Checks } from "./checks.ts";
import type { ReadableTable } from "./readable-table.ts";
import { SampleShapes } from "./sample-shapes.ts";

const SAMPLE_ROWS = 200;
/** A sample of large rows is smaller. */
const SAMPLE_BYTES = 8 * 1024 * 1024;

/** Whether real cells open, and what that asks of key services: a look at each table, from a random place of the ring. */
export async function checkSamples(
  checks: Checks,
  session: ClusterSession,
  settings: Settings,
  tables: readonly ReadableTable[],
  keyrings: Keyrings,
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  const asked = () => keyrings.keys.map((key) => ({ key, calls: key.key.usage?.().calls ?? 0 }));
  const before = asked();
  let sampled = 0;
  for (const table of tables) {
    const place = `${table.settings.keyspace}.${table.settings.name}`;
    const keys = tableKeys(keyrings, table.settings);
    await checks.attempt(
      "keys.sample",
      async () => {
        sampled += await sampleTable(checks, session, settings, table, keys, random.fraction(), signal);
      },
      place,
      {
        "CLUSTER.INVALID_QUERY":
          "The server says what it refuses; see the checks of the cluster and of the table.",
      },
    );
  }
  const costs = asked().map(({ key, calls }, index) =>
    readingCost(key, calls - before[index]!.calls, sampled),
  );
  for (const cost of [...costs, ...keyrings.targets.map(sealingCost)])
    if (cost !== undefined) checks.ok("keys.cost", cost);
}

/** Returns how many cells were looked at. */
async function sampleTable(
  checks: Checks,
  session: ClusterSession,
  settings: Settings,
  table: ReadableTable,
  keys: ColumnKeys,
  fraction: number,
  signal: AbortSignal,
): Promise<number> {
  const place = `${table.settings.keyspace}.${table.settings.name}`;
  const sample: Sample = { cells: 0, opened: 0, shapes: new SampleShapes(), reasons: new Map() };
  for (const pass of tablePasses(table.settings, table.schema))
    await samplePass(sample, session, settings, table, pass, keys, fraction, signal);
  const { cells, opened, shapes } = sample;
  if (cells === 0)
    checks.warn(
      "keys.sample",
      "no encrypted cell was found in a sample",
      "Check that the table is the right one, if it should hold data.",
      place,
    );
  else if (opened === 0)
    checks.fail(
      "keys.sample",
      `none of ${cells} sampled cells opens with the keys configured${commonest(sample)}`,
      "Check the previous keys: they must be the ones that the application used, with the provider, the format and what cells are bound to.",
      place,
    );
  else if (opened < cells)
    checks.warn(
      "keys.sample",
      `${cells - opened} of ${cells} sampled cells do not open with the keys configured${commonest(sample)}`,
      "A run leaves such cells untouched and puts them in quarantine; add the missing key as previous.",
      place,
    );
  else checks.ok("keys.sample", `all ${cells} sampled cells open`, place);
  for (const line of shapes.lines()) checks.ok("keys.shape", line, place);
  return cells;
}

/** The first rows of a range, in pages small enough for any size of rows. */
async function sampleRows(
  source: CellSource,
  { execution }: Settings,
  request: Pick<PageRequest, "table" | "range" | "consistency">,
  signal: AbortSignal,
): Promise<Page["rows"]> {
  const size = new PageSize(Math.min(SAMPLE_ROWS, execution.pageSize), execution.pageBytes);
  const rows: Row[] = [];
  let bytes = 0;
  let cursor: string | undefined;
  do {
    const page = await source.page({ ...request, cursor, maxRows: size.rows }, signal);
    size.learn(page.rows.length, page.bytes);
    rows.push(...page.rows);
    bytes += page.bytes;
    cursor = page.next;
  } while (cursor !== undefined && rows.length < SAMPLE_ROWS && bytes < SAMPLE_BYTES);
  return rows;
}

async function samplePass(
  sample: Sample,
  session: ClusterSession,
  settings: Settings,
  { settings: table, schema }: ReadableTable,
  pass: TablePass,
  keys: ColumnKeys,
  fraction: number,
  signal: AbortSignal,
): Promise<void> {
  const shape = passShape(pass, schema);
  const source = createCellSource(session);
  const middle = MIN_TOKEN + BigInt(Math.floor(fraction * 2 ** 52)) * 2n ** 12n;
  const ranges: readonly TokenRange[] = [
    { after: middle, upTo: MAX_TOKEN },
    { after: MIN_TOKEN, upTo: middle },
  ];
  let cells = 0;
  for (const range of ranges) {
    const request = { table: shape, range, consistency: table.consistency.read };
    const { sealed, unreadable } = pageSlots(shape, await sampleRows(source, settings, request, signal));
    const classified = await keys.classify(sealed, signal);
    classified.forEach((result, index) => {
      const { ciphertext, context } = sealed[index]!;
      sample.shapes.add(context.column, result, ciphertext);
      if (result.under === "unknown") {
        sample.reasons.set(result.reason, (sample.reasons.get(result.reason) ?? 0) + 1);
        return;
      }
      sample.opened += 1;
      result.plaintext.fill(0);
    });
    cells += sealed.length + unreadable.length;
    if (cells >= SAMPLE_ROWS) break;
  }
  sample.cells += cells;
}

/** What a look at a table came to. */
interface Sample {
  cells: number;
  opened: number;
  readonly shapes: SampleShapes;
  /** What the keys said of cells that none of them opens, and how often. */
  readonly reasons: Map<string, number>;
}

function commonest({ reasons }: Sample): string {
  const [most] = [...reasons].sort(([, a], [, b]) => b - a);
  return most ? ` (${most[1]} for the reason: ${most[0]})` : "";
}
