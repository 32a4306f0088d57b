import { type ClusterSession, createCellSource } from "@cassandra-rekey/cassandra";
import {
  type CellSource,
  type EncryptionKey,
  isRekeyError,
  MAX_TOKEN,
  MIN_TOKEN,
  type Page,
  type PageRequest,
  type Random,
  type Row,
  type TokenRange,
} from "@cassandra-rekey/core";
import { DEFAULT_KEYRING, type Settings } from "../config/settings.ts";
import { PageSize } from "../executor/page-size.ts";
import { readingCost, sealingCost } from "../keyring/key-costs.ts";
import { keyLabel } from "../keyring/key-label.ts";
import type { KeyringKeys, Keyrings } from "../keyring/keyrings.ts";
import { opensOther, opensOwn } from "../keyring/same-key.ts";
import { type Rekeyer, tableRekeyer } from "../page/rekeyer.ts";
import { jobTableId } from "../tables/job-table-id.ts";
import { passShape, type TablePass, tablePasses } from "../tables/table-passes.ts";
import type { Checks } from "./checks.ts";
import type { ReadableTable } from "./table-checks.ts";

const SAMPLE_ROWS = 200;
/** A sample of large rows is smaller. */
const SAMPLE_BYTES = 8 * 1024 * 1024;

/** The keys of a keyring by themselves: the target opens what it seals, and no two are the same key. */
export async function checkKeys(
  checks: Checks,
  { target, previous }: KeyringKeys,
  signal: AbortSignal,
  keyring = DEFAULT_KEYRING,
): Promise<void> {
  const label = (key: EncryptionKey) => keyLabel(key.version, keyring);
  if (await opensOwn(target, signal))
    checks.ok("keys.round-trip", `target key ${label(target)} opens what it seals`);
  else
    checks.fail(
      "keys.round-trip",
      `target key ${label(target)} does not open what it seals`,
      "Nothing may be written with it: check the key, and update its provider or tell its author.",
    );
  for (const key of previous) {
    if (await opensOther(key, target, signal))
      checks.fail(
        "keys.differ",
        `previous key ${label(key)} opens what target key ${label(target)} seals: they are the same key`,
        "Configure the new key as target and the old one as previous.",
      );
    else
      checks.ok("keys.differ", `previous key ${label(key)} is another key than target key ${label(target)}`);
  }
  for (const [index, key] of previous.entries()) {
    for (const other of previous.slice(index + 1)) {
      if (!(await opensOtherIfItSeals(other, key, signal))) continue;
      checks.warn(
        "keys.differ",
        `previous keys ${label(key)} and ${label(other)} are the same key`,
        `Leave one of them out: cells under it are counted as ${key.version} or ${other.version} by chance.`,
      );
    }
  }
}

/** A previous key need not be able to seal any more: a key service may have taken that right away. */
async function opensOtherIfItSeals(
  key: EncryptionKey,
  sealer: EncryptionKey,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return await opensOther(key, sealer, signal);
  } catch (error) {
    if (isRekeyError(error)) return false;
    throw error;
  }
}

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
    const rekeyer = tableRekeyer(keyrings, table.settings);
    await checks.attempt(
      "keys.sample",
      async () => {
        sampled += await sampleTable(checks, session, settings, table, rekeyer, random.fraction(), signal);
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
  rekeyer: Rekeyer,
  fraction: number,
  signal: AbortSignal,
): Promise<number> {
  const place = `${table.settings.keyspace}.${table.settings.name}`;
  let cells = 0;
  let opened = 0;
  for (const pass of tablePasses(table.settings, table.schema)) {
    const found = await samplePass(session, settings, table, pass, rekeyer, fraction, signal);
    cells += found.cells;
    opened += found.opened;
  }
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
      `none of ${cells} sampled cells opens with the keys configured`,
      "Check the previous keys: they must be the ones that the application used.",
      place,
    );
  else if (opened < cells)
    checks.warn(
      "keys.sample",
      `${cells - opened} of ${cells} sampled cells do not open with the keys configured`,
      "A run leaves such cells untouched and puts them in quarantine; add the missing key as previous.",
      place,
    );
  else checks.ok("keys.sample", `all ${cells} sampled cells open`, place);
  return cells;
}

/** The first rows of a range, in pages small enough for any size of rows. */
async function samplePage(
  source: CellSource,
  { execution }: Settings,
  request: Pick<PageRequest, "table" | "range" | "consistency">,
  signal: AbortSignal,
): Promise<Pick<Page, "rows" | "serverTimeMs">> {
  const size = new PageSize(Math.min(SAMPLE_ROWS, execution.pageSize), execution.pageBytes);
  const rows: Row[] = [];
  let bytes = 0;
  let serverTimeMs: number | undefined;
  let cursor: string | undefined;
  do {
    const page = await source.page({ ...request, cursor, maxRows: size.rows }, signal);
    size.learn(page.rows.length, page.bytes);
    rows.push(...page.rows);
    bytes += page.bytes;
    serverTimeMs ??= page.serverTimeMs;
    cursor = page.next;
  } while (cursor !== undefined && rows.length < SAMPLE_ROWS && bytes < SAMPLE_BYTES);
  return { rows, serverTimeMs };
}

async function samplePass(
  session: ClusterSession,
  settings: Settings,
  { settings: table, schema }: ReadableTable,
  pass: TablePass,
  rekeyer: Rekeyer,
  fraction: number,
  signal: AbortSignal,
): Promise<{ readonly cells: number; readonly opened: number }> {
  const shape = passShape(pass, schema);
  const source = createCellSource(session);
  const middle = MIN_TOKEN + BigInt(Math.floor(fraction * 2 ** 52)) * 2n ** 12n;
  const ranges: readonly TokenRange[] = [
    { after: middle, upTo: MAX_TOKEN },
    { after: MIN_TOKEN, upTo: middle },
  ];
  let cells = 0;
  let opened = 0;
  for (const range of ranges) {
    const page = await samplePage(
      source,
      settings,
      { table: shape, range, consistency: table.consistency.read },
      signal,
    );
    const task = {
      table: shape,
      tableId: jobTableId(settings, table, pass.scan),
      kind: "verify",
      writeMode: table.writeMode,
      settleMs: 0,
      visit: 0,
    } as const;
    const work = await rekeyer.work(task, page.rows, page.serverTimeMs ?? 0, signal);
    cells += work.cells;
    opened += work.opened;
    if (cells >= SAMPLE_ROWS) break;
  }
  return { cells, opened };
}
