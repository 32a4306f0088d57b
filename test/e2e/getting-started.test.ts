import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { type CassandraAddress, useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliFolder } from "../cli.ts";
import { blocksOf, ROOT, read } from "../documentation.ts";

const PAGE = "docs/getting-started.md";
const DRIVER = import.meta.resolve("cassandra-driver");

/** What `cqlsh -e` does of what the page asks for. */
const CQLSH = (address: CassandraAddress) => `#!/usr/bin/env node
import cassandra from ${JSON.stringify(DRIVER)};
const client = new cassandra.Client(${JSON.stringify({
  contactPoints: address.contactPoints,
  localDataCenter: address.localDc,
  protocolOptions: { port: address.port },
})});
const { rows } = await client.execute(process.argv[process.argv.indexOf("-e") + 1]);
for (const row of rows ?? []) console.log(JSON.stringify(row));
await client.shutdown();
`;

describe("getting started", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  let folder: Awaited<ReturnType<typeof cliFolder>>;

  beforeAll(async () => {
    folder = await cliFolder();
    // The page makes its own.
    await db.client.execute(`DROP KEYSPACE ${db.keyspace}`);
    await mkdir(join(folder.path, "bin"));
    await writeFile(join(folder.path, "bin/cqlsh"), CQLSH(db.cluster));
    await writeFile(join(folder.path, "bin/package.json"), '{ "type": "module" }');
    await chmod(join(folder.path, "bin/cqlsh"), 0o755);
  });
  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
  });

  /** The blocks of the page in their order, on this run's node and in its keyspace. */
  function script(): string {
    const skipped = [...read(PAGE).matchAll(/<!-- not run:[^>]*-->\s*```sh\n([\s\S]*?)```/g)].map(
      ([, text]) => text,
    );
    const blocks = blocksOf(PAGE).filter(
      ({ language, text }) => language === "sh" && !skipped.includes(text),
    );
    expect(skipped).toEqual(["npm install --global cassandra-rekey\n"]);
    expect(blocks.length).toBeGreaterThan(6);
    return blocks
      .map(({ text }) => text)
      .join("\n")
      .replaceAll("shop.", `${db.keyspace}.`)
      .replaceAll("KEYSPACE shop", `KEYSPACE ${db.keyspace}`)
      .replaceAll("keyspace: shop", `keyspace: ${db.keyspace}`)
      .replaceAll("[127.0.0.1]", `[${db.cluster.contactPoints.join(", ")}]`)
      .replaceAll("port: 9042", `port: ${db.cluster.port}`)
      .replaceAll("datacenter1", db.cluster.localDc);
  }

  it("does what it says, block by block", async () => {
    const programs = [join(folder.path, "bin"), join(ROOT, "node_modules/.bin"), dirname(process.execPath)];
    const env = { HOME: folder.path, PATH: [...programs, process.env.PATH].join(delimiter) };
    const output = await new Promise<string>((resolve, reject) => {
      const bash = ["-euo", "pipefail", "-c", script()];
      execFile("bash", bash, { cwd: folder.path, env, timeout: 110_000 }, (error, stdout, stderr) =>
        error ? reject(new Error(`${error.message}\n${stdout}${stderr}`)) : resolve(stdout),
      );
    });
    expect(output).toContain("Clean: every cell is under v1.");
    expect(output).toContain("Clean: every cell is under v2.");
    expect(output).toMatch(/"email":"gAAAA/);
    const { rows } = await db.client.execute(`SELECT email FROM ${db.keyspace}.customers`);
    expect(rows.map(({ email }) => (email === null ? null : String(email).slice(0, 5))).sort()).toEqual([
      "gAAAA",
      "gAAAA",
      null,
    ]);
  });
});
