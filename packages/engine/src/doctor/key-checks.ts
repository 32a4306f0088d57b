import { type ClusterSession, createCellSource, SchemaReader } from "@cassandra-rekey/cassandra";
import {
  type EncryptionKey,
  MAX_TOKEN,
  MIN_TOKEN,
  type SealedCell,
  type TokenRange,
} from "@cassandra-rekey/core";
import type { Settings, TableSettings } from "../config/settings.ts";
import { Keyring } from "../keyring/keyring.ts";
import { forKey } from "../keyring/text-form.ts";
import { Rekeyer } from "../page/rekeyer.ts";
import { jobTableId } from "../tables/job-table-id.ts";
import { tableShape } from "../tables/resolve-tables.ts";
import type { Checks } from "./checks.ts";

const SAMPLE_ROWS = 200;
const PROBE = Buffer.from("cassandra-rekey doctor");

/** The keys by themselves: each opens what it seals, and no two are the same key. */
export async function checkKeys(
  checks: Checks,
  target: EncryptionKey,
  previous: readonly EncryptionKey[],
  signal: AbortSignal,
): Promise<void> {
  const context = { keyspace: "doctor", table: "doctor", column: "doctor", primaryKey: [] };
  const [sealed] = await target.encrypt([{ plaintext: PROBE, form: "binary", context }], signal);
  const cell: SealedCell = { ciphertext: sealed!, form: "binary", context };
  const [opened] = await target.decrypt([forKey(target, cell)!], signal);
  if (opened && "plaintext" in opened && PROBE.equals(opened.plaintext))
    checks.ok("keys.round-trip", `target key ${target.version} opens what it seals`);
  else
    checks.fail(
      "keys.round-trip",
      `target key ${target.version} does not open what it seals`,
      "The provider or its key is broken.",
    );
  for (const key of previous) {
    if (!key.authenticates) continue;
    const [byOther] = await key.decrypt([cell], signal);
    if (byOther && "plaintext" in byOther) {
      checks.fail(
        "keys.differ",
        `previous key ${key.version} opens what target key ${target.version} seals: they are the same key`,
        "Configure the new key as target and the old one as previous.",
      );
    } else {
      checks.ok(
        "keys.differ",
        `previous key ${key.version} is another key than target key ${target.version}`,
      );
    }
  }
}

/** Whether real cells open: a first look at each table, from a random place of the ring. */
export async function checkSamples(
  checks: Checks,
  session: ClusterSession,
  settings: Settings,
  keys: { readonly target: EncryptionKey; readonly previous: readonly EncryptionKey[] },
  fraction: () => number,
  signal: AbortSignal,
): Promise<void> {
  const rekeyer = new Rekeyer(new Keyring(keys.target, keys.previous));
  for (const table of settings.tables) {
    const place = `${table.keyspace}.${table.name}`;
    await checks.attempt(
      "keys.sample",
      () => sampleTable(checks, session, settings, table, rekeyer, fraction(), signal),
      place,
    );
  }
}

async function sampleTable(
  checks: Checks,
  session: ClusterSession,
  settings: Settings,
  table: TableSettings,
  rekeyer: Rekeyer,
  fraction: number,
  signal: AbortSignal,
): Promise<void> {
  const place = `${table.keyspace}.${table.name}`;
  const schema = await new SchemaReader(session).table(table.keyspace, table.name, signal);
  if (!schema) return;
  const shape = tableShape(table, schema);
  const source = createCellSource(session);
  const middle = MIN_TOKEN + BigInt(Math.floor(fraction * 2 ** 52)) * 2n ** 12n;
  const ranges: readonly TokenRange[] = [
    { after: middle, upTo: MAX_TOKEN },
    { after: MIN_TOKEN, upTo: middle },
  ];
  let cells = 0;
  let opened = 0;
  for (const range of ranges) {
    const request = {
      table: shape,
      range,
      cursor: undefined,
      maxRows: SAMPLE_ROWS,
      consistency: table.consistency.read,
    };
    const page = await source.page(request, signal);
    const task = {
      table: shape,
      tableId: jobTableId(settings, table),
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
}
