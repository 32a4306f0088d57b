import { clusterOf } from "@cassandra-rekey/cassandra";
import { definePart, definePlugin } from "@cassandra-rekey/core";
import { z } from "zod";
import { CassandraStateStore } from "./cassandra-state-store.ts";

/** Options of the `cassandra` state store. */
export const cassandraOptions = z.strictObject({
  keyspace: z
    .string()
    .regex(/^\w{1,48}$/, "must be 1 to 48 letters, digits or underscores")
    .default("rekey_meta")
    .describe("Keyspace of the state tables."),
  replication: z
    .record(z.string(), z.int().min(1).max(16))
    .optional()
    .describe("Replicas per data centre for a new keyspace; left out: up to three in each."),
  consistency: z
    .enum(["LOCAL_QUORUM", "QUORUM", "EACH_QUORUM"])
    .default("LOCAL_QUORUM")
    .describe("Consistency level of the state tables' requests."),
  serial_consistency: z
    .enum(["LOCAL_SERIAL", "SERIAL"])
    .optional()
    .describe(
      "Level of lightweight transactions; left out: LOCAL_SERIAL in a cluster of one data centre, else SERIAL.",
    ),
  python_stuck_seconds: z
    .int()
    .min(0)
    .default(600)
    .describe(
      "Age after which a chunk that the Python tool left RUNNING counts as abandoned, seconds. In a configuration file: execution.stuck_chunk_seconds when left out.",
    ),
});

export { CassandraStateStore, type CassandraStoreSettings } from "./cassandra-state-store.ts";

export default definePlugin({
  name: "@cassandra-rekey/state-cassandra",
  stateStores: {
    cassandra: definePart({
      options: cassandraOptions,
      async create(options, ctx) {
        const session = await clusterOf(ctx);
        const dataCenters = new Set(session.hosts().map((host) => host.dataCenter));
        return new CassandraStateStore(
          session,
          {
            keyspace: options.keyspace,
            replication: options.replication,
            consistency: options.consistency,
            serialConsistency:
              options.serial_consistency ?? (dataCenters.size > 1 ? "SERIAL" : "LOCAL_SERIAL"),
            pythonStuckSeconds: options.python_stuck_seconds,
          },
          ctx,
        );
      },
    }),
  },
});
