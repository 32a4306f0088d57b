import { MOST_WORKERS } from "@cassandra-rekey/core";
import { Flags } from "@oclif/core";

/** `--workers`, for commands that work on chunks. */
export const workersFlag = Flags.integer({
  summary: "Chunks that this process works on at a time; execution.workers when left out.",
  min: 1,
  max: MOST_WORKERS,
  helpValue: "<n>",
});
