import { ZERO_TOTALS } from "@cassandra-rekey/core";
import { beforeAll, expect, it } from "vitest";
import { jobOf, never, openStore, useStateCluster } from "./fixture.ts";

const db = useStateCluster();
beforeAll(async () => {
  await openStore(db.session, db.keyspace).init(never);
});

it("has a partition of its own for each chunk: Paxos serialises per partition", async () => {
  const rows = await db.session.rows(
    "SELECT column_name, kind, position FROM system_schema.columns WHERE keyspace_name = ? AND table_name = 'rekey_leases'",
    [db.keyspace],
  );
  const key = rows
    .filter((row) => row.get("kind") === "partition_key")
    .sort((a, b) => a.get("position") - b.get("position"));
  expect(key.map((row) => row.get("column_name"))).toEqual(["job_id", "table_name", "chunk_id"]);
  expect(rows.filter((row) => row.get("kind") === "clustering")).toEqual([]);
});

it("lets the owner run out, and nothing else: an epoch that ran out would start again from one", async () => {
  const store = openStore(db.session, db.keyspace);
  const job = jobOf(1);
  await store.createJob(job, never);
  const claim = await store.claim(job.id, "w1", 300_000, never);
  if (claim.kind !== "chunk") throw claim;
  const progress = (seq: number) => ({ seq, cursor: "c", totals: ZERO_TOTALS });
  const read = async () => {
    const columns = ["epoch", "worker", "state", "seq", "cursor", "totals", "attempt", "visit"];
    const [row] = await db.session.rows(
      `SELECT owner, TTL(owner) AS owner_ttl, ${columns.map((name) => `TTL(${name}) AS ${name}_ttl`).join(", ")} FROM ${db.keyspace}.rekey_leases WHERE job_id = ? AND table_name = 't' AND chunk_id = 0`,
      [job.id],
    );
    for (const name of columns) expect(row!.get(`${name}_ttl`), name).toBeNull();
    return { owner: row!.get("owner"), ttl: row!.get("owner_ttl") };
  };
  const claimed = await read();
  expect(claimed.owner).toBe("w1");
  expect(claimed.ttl).toBeGreaterThan(200);
  expect(claimed.ttl).toBeLessThanOrEqual(300);
  await store.checkpoint(claim.lease, progress(1), never);
  expect((await read()).ttl).toBeGreaterThan(200);
  await store.release(claim.lease, progress(2), never);
  expect(await read()).toEqual({ owner: null, ttl: null });
});
