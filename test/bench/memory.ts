// `pnpm bench:memory`: the most memory that a run is resident with, over one partition of a million rows and over rows of 64
// encrypted columns. Ends with 1 when it is more than 200 MiB.
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectClient, startCassandra } from "@cassandra-rekey/local-cassandra";
import cassandra from "cassandra-driver";
import { openFernetKey, seal } from "../fixture-table.ts";
import { createKeyspace, KEYSPACE } from "./bench-table.ts";
import { Rotations } from "./rotations.ts";

const { values: flags } = parseArgs({
  options: {
    /** Of the one partition. */
    rows: { type: "string", default: "1000000" },
    /** With 64 encrypted columns each. */
    "wide-rows": { type: "string", default: "20000" },
  },
});
const LIMIT_MIB = 200;
const LOADERS = 32;
/** Rows of one partition that are loaded by one request. */
const BATCH = 50;
const program = fileURLToPath(new URL("../../node_modules/.bin/cassandra-rekey", import.meta.url));
const columns = Array.from({ length: 64 }, (_, index) => `c${index}`);
const tables = [
  { name: "one_partition", rows: Number(flags.rows), encrypted: ["secret"] },
  { name: "many_columns", rows: Number(flags["wide-rows"]), encrypted: columns },
] as const;

await using stack = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), "cassandra-rekey-memory-"));
stack.defer(() => rm(folder, { recursive: true, force: true }));
const cluster = stack.use(await startCassandra({ heap: "2g", progress: say }));
const client = await connectClient(cluster);
stack.defer(() => client.shutdown());
await createKeyspace(client, cluster);

const lines: string[] = [];
let most = 0;
for (const { name, rows, encrypted } of tables) {
  say(`loading ${rows} rows of ${name}`);
  const rotations = new Rotations(program, cluster, folder);
  await load(name, rows, encrypted, rotations.firstKey);
  say(`rekeying ${name}`);
  const { seconds, peakMiB = 0 } = await rotations.carryOut(
    `
state: { keyspace: rekey_meta }
tables: [{ name: ${name}, partition_key: [part], encrypted_columns: [${encrypted.join(", ")}], chunks: 16 }]`,
    rows,
  );
  most = Math.max(most, peakMiB);
  lines.push(
    `| ${name}: ${rows.toLocaleString("en")} rows, ${encrypted.length} encrypted columns | ${Math.round(rows / seconds).toLocaleString("en")} | ${Math.round((rows * encrypted.length) / seconds).toLocaleString("en")} | ${peakMiB.toFixed(0)} MiB |`,
  );
}
console.log(
  [
    "",
    `Cassandra ${cluster.version}, one node, Node ${process.version}, on ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), the server included.`,
    "",
    "| | rows/s | cells/s | peak memory |",
    "| --- | ---: | ---: | ---: |",
    ...lines,
    "",
  ].join("\n"),
);
process.exitCode = most > LIMIT_MIB ? 1 : 0;

/** Creates a table and fills it; a row's partition is the same for all where there is one encrypted column. */
async function load(name: string, rows: number, encrypted: readonly string[], key: string): Promise<void> {
  const types = encrypted.map((column) => `${column} text`).join(", ");
  await client.execute(
    `CREATE TABLE ${KEYSPACE}.${name} (part int, id int, ${types}, PRIMARY KEY (part, id))`,
  );
  const names = ["part", "id", ...encrypted];
  const marks = names.map(() => "?").join(", ");
  const query = `INSERT INTO ${KEYSPACE}.${name} (${names.join(", ")}) VALUES (${marks}) USING TIMESTAMP ?`;
  const fernet = openFernetKey(key);
  // An hour ago: what is young would be left for later.
  const writtenAt = cassandra.types.Long.fromNumber((Date.now() - 3_600_000) * 1000);
  const batch = Math.max(1, Math.floor(BATCH / encrypted.length));
  let next = 0;
  const work = async () => {
    for (let start = next; start < rows; start = next) {
      next += batch;
      const count = Math.min(batch, rows - start);
      const texts = Array.from({ length: count * encrypted.length }, (_, at) => `value ${start} ${at}`);
      const tokens = await seal(fernet, texts);
      const queries = Array.from({ length: count }, (_, row) => {
        const cells = encrypted.map((_, at) => tokens[row * encrypted.length + at]!.toString("latin1"));
        const part = encrypted.length === 1 ? 0 : start + row;
        return { query, params: [part, start + row, ...cells, writtenAt] };
      });
      await client.batch(queries, { prepare: true, logged: false });
    }
  };
  await Promise.all(Array.from({ length: LOADERS }, work));
}

function say(line: string): void {
  console.error(`bench: ${line}`);
}
