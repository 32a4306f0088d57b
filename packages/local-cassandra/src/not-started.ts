import { RekeyError } from "@cassandra-rekey/core";

/** That no Cassandra could be started: one line that says why, and what would help. */
export function notStarted(message: string, hint: string, problems: readonly string[] = []): RekeyError {
  return new RekeyError("CLUSTER.UNREACHABLE", message, { hint, problems, retryable: false });
}
