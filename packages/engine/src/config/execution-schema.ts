import { MOST_IN_FLIGHT, MOST_WORKERS } from "@cassandra-rekey/core";
import { z } from "zod";
import { decimal, flag, whole } from "./fields.ts";

const DAY_SECONDS = 86_400;
const MIB = 1024 * 1024;

/** `execution:` */
export const executionSchema = z
  .strictObject({
    workers: whole(1, MOST_WORKERS)
      .default(8)
      .describe("Chunks that this process works on at the same time."),
    page_size: whole(1, 100_000)
      .default(500)
      .describe("Rows a page at most; pages shrink by themselves when rows are large."),
    page_bytes: whole(4096, 16 * MIB)
      .default(MIB)
      .describe("Size of a page at most, in bytes (approximate)."),
    max_attempts: whole(1, 1000)
      .default(3)
      .describe(
        "Attempts for one chunk. On the last one the rows that fail by themselves are put in quarantine; if that does not help, the chunk is given up as failed.",
      ),
    max_sweeps: whole(1, 1000)
      .default(5)
      .describe("Sweeps that `run --until-clean` makes at most, the first included."),
    dry_run: flag().default(false).describe("Read, decrypt and encrypt, but write nothing."),
    read_p99_threshold_ms: decimal(0.001, 600_000)
      .optional()
      .describe(
        "Slow down when the 99th percentile of read latency is above this, in milliseconds: short for a latency throttle.",
      ),
    pause_on_backpressure: flag()
      .default(false)
      .describe("Hold altogether, not only slow down, while read_p99_threshold_ms is exceeded."),
    stuck_chunk_seconds: whole(1, 30 * DAY_SECONDS)
      .default(600)
      .describe(
        "Age after which the janitor takes a running chunk for abandoned, and a run one that the Python tool left, in seconds.",
      ),
    settle_seconds: whole(1, DAY_SECONDS)
      .default(10)
      .describe(
        "Cells written within this time are left for a later visit, in seconds. Must be longer than any write of the application can be under way.",
      ),
    max_write_age_seconds: whole(1, 3600)
      .default(30)
      .describe(
        "Age of a page past which its writes are dropped and it is read again, in seconds; never more than a tenth of gc_grace_seconds.",
      ),
    max_quarantined: whole(0, Number.MAX_SAFE_INTEGER)
      .default(10_000)
      .describe("Cells that no key opens after which the run stops."),
    max_key_outage_seconds: whole(1, 30 * DAY_SECONDS)
      .default(DAY_SECONDS)
      .describe(
        "Time for which the run waits for a key service that is throttled or down before it stops, in seconds.",
      ),
    lease_seconds: whole(10, 3600)
      .default(60)
      .describe(
        "Time after which another worker may take over the chunk of a worker that is gone, in seconds.",
      ),
    checkpoint_interval_ms: whole(100, 600_000)
      .optional()
      .describe(
        "Time between two checkpoints of a chunk, in milliseconds. Default: what the state store asks for.",
      ),
    max_in_flight: whole(1, MOST_IN_FLIGHT)
      .default(64)
      .describe("Requests to the tables in flight at once, for this process."),
  })
  .describe("How a job is carried out.");

export type ExecutionInput = z.output<typeof executionSchema>;
