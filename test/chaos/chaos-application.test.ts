import { type CellSink, TOKENS } from "@cassandra-rekey/core";
import type { Override } from "@cassandra-rekey/engine";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { SeededRandom } from "@cassandra-rekey/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestEngine } from "../open-test-engine.ts";
import type { WriteStyle } from "../racing-application.ts";
import { eventually } from "../state-of-job.ts";
import { ChaosApplication } from "./chaos-application.ts";
import { KeyChain } from "./key-chain.ts";

const ROWS = 60;

interface StoredRow {
  readonly email: string | null;
  readonly document: Buffer | null;
}

describe("the application that chaos is judged by", () => {
  const db = useKeyspace({ beforeAll, afterAll });

  async function loaded(
    name: string,
    writes: WriteStyle = "plain",
  ): Promise<{ application: ChaosApplication; keys: KeyChain }> {
    const keys = new KeyChain();
    const application = new ChaosApplication(db.client, {
      keys,
      random: new SeededRandom(1),
      settings: {
        table: `${db.keyspace}.${name}`,
        rows: ROWS,
        writes,
        ttlSeconds: [3_600, 7_200],
        heldMs: 0,
      },
    });
    await application.load();
    return { application, keys };
  }

  async function stored(name: string): Promise<ReadonlyMap<number, StoredRow>> {
    const { rows } = await db.client.execute(`SELECT id, email, document FROM ${db.keyspace}.${name}`);
    return new Map(
      rows.map((row) => [
        row.get("id") as number,
        { email: row.get("email"), document: row.get("document") },
      ]),
    );
  }

  const styles: readonly WriteStyle[] = ["plain", "lwt"];
  it.each(styles)(
    "has nothing to say of its own %s writes, and finds each kind of damage that is done to them",
    async (style) => {
      const table = `damaged_${style}`;
      const { application } = await loaded(table, style);
      const before = await stored(table);
      application.start();
      await eventually(
        "it has deleted much",
        () => application.counts.deletes,
        (deletes) => deletes > 40,
      );
      await application.stop();
      await application.inspect();
      expect(application.findings).toEqual([]);

      const now = await stored(table);
      const changed = [...now].find(
        ([id, { document }]) => document && !document.equals(before.get(id)!.document!),
      )!;
      const gone = [...before.keys()].find((id) => !now.has(id))!;
      const others = [...now].filter(([id, row]) => id !== changed[0] && row.email && row.document);
      const [emptied, exchanged, source, garbled] = others as [
        (typeof others)[0],
        (typeof others)[0],
        (typeof others)[0],
        (typeof others)[0],
      ];
      const update = (column: string, id: number, value: unknown) =>
        db.client.execute(`UPDATE ${db.keyspace}.${table} SET ${column} = ? WHERE id = ?`, [value, id], {
          prepare: true,
        });
      await update("document", changed[0], before.get(changed[0])!.document);
      await update("email", gone, before.get(gone)!.email);
      await update("email", emptied[0], null);
      await update("email", exchanged[0], source[1].email);
      await update("document", garbled[0], Buffer.from("not a token"));
      await application.inspect();
      const found = application.findings.map(({ damage, line }) => `${damage}: ${line.split(":")[0]}`);
      expect(found.sort()).toEqual(
        [
          `lost: document of row ${changed[0]}`,
          `resurrected: email of row ${gone}`,
          `lost: email of row ${emptied[0]}`,
          `wrong value: email of row ${exchanged[0]}`,
          `wrong value: document of row ${garbled[0]}`,
        ].sort(),
      );
    },
  );

  it("finds a row that is there without a cell, and cells under an old key", async () => {
    const { application, keys } = await loaded("ghosts");
    await db.client.execute(`DELETE FROM ${db.keyspace}.ghosts WHERE id = 1`);
    await db.client.execute(`INSERT INTO ${db.keyspace}.ghosts (id) VALUES (1)`);
    keys.add();
    await application.inspect();
    const found = Map.groupBy(application.findings, ({ damage }) => damage);
    expect(found.get("resurrected")).toEqual([
      { damage: "resurrected", line: "row 1 is there without a cell" },
    ]);
    expect(found.get("lost")).toHaveLength(2);
    expect(found.get("old key")).toHaveLength(2 * (ROWS - 1));
  });

  it("notices at work when rewrites are not fenced and their clock is ahead", async () => {
    const { application, keys } = await loaded("unfenced");
    keys.add();
    const aMinuteAhead: Override = (container) => {
      const sink = container.resolve<CellSink>(TOKENS.cellSink as symbol);
      const unfenced: CellSink = {
        group: (table, items) => sink.group(table, items),
        compareAndSet: (...args) => sink.compareAndSet(...args),
        send: (table, mutations, ...rest) => {
          const timestamp = BigInt(Date.now() + 60_000) * 1000n;
          const cells = (all: (typeof mutations)[number]["cells"]) =>
            all.map((cell) => ({ ...cell, timestamp }));
          return sink.send(
            table,
            mutations.map((mutation) => ({ ...mutation, cells: cells(mutation.cells) })),
            ...rest,
          );
        },
      };
      container.register(TOKENS.cellSink as symbol, { useValue: unfenced });
    };
    await using engine = await openTestEngine({
      ...db,
      keys: { target: keys.text("v2"), previous: keys.text("v1") },
      override: aMinuteAhead,
      yaml: "tables: [{ name: unfenced, encrypted_columns: [email, document], chunks: 2 }]",
    });
    await engine.init();
    const { jobId } = await engine.plan();
    await engine.run({ jobId });
    application.start();
    const kinds = () => new Set(application.findings.map(({ damage }) => damage));
    await eventually("both kinds are found", kinds, (found) => found.has("lost") && found.has("resurrected"));
    await application.stop();
  });
});
