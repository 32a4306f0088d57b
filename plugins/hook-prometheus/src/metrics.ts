/** One metric: base units and suffixes as Prometheus' conventions have them. */
export interface MetricDefinition {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, seconds. */
  readonly buckets?: readonly number[];
}

const PAGE_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const CALL_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Every metric, by its name. Those of a table count what this process did, unless the help says otherwise. */
export const METRICS = {
  cassandra_rekey_job_state: {
    type: "gauge",
    help: "1 for the state that the job is in, 0 for those that it was in; stopped: only this process ended.",
    labels: ["job_id", "kind", "state"],
  },
  cassandra_rekey_table_completed_ratio: {
    type: "gauge",
    help: "Part of the table that is done, by all processes' work, from 0 to 1.",
    labels: ["job_id", "table"],
  },
  cassandra_rekey_table_chunks: {
    type: "gauge",
    help: "Chunks of the table by state, of all processes.",
    labels: ["job_id", "table", "state"],
  },
  cassandra_rekey_rows_scanned_total: {
    type: "counter",
    help: "Rows read.",
    labels: ["job_id", "table"],
  },
  cassandra_rekey_rows_rekeyed_total: {
    type: "counter",
    help: "Rows of which at least one cell was rewritten.",
    labels: ["job_id", "table"],
  },
  cassandra_rekey_rows_raced_total: {
    type: "counter",
    help: "Rows that an application write won, in LWT mode.",
    labels: ["job_id", "table"],
  },
  cassandra_rekey_scanned_bytes_total: {
    type: "counter",
    help: "Bytes of the pages read.",
    labels: ["job_id", "table"],
  },
  cassandra_rekey_pages_total: {
    type: "counter",
    help: "Pages by outcome; dropped: too old to be written, and read again.",
    labels: ["job_id", "table", "outcome"],
  },
  cassandra_rekey_page_duration_seconds: {
    type: "histogram",
    help: "Time that a page took, by step: read, seal (decrypt and encrypt, with waiting for a key service), write.",
    labels: ["job_id", "table", "step"],
    buckets: PAGE_SECONDS,
  },
  cassandra_rekey_chunks_ended_total: {
    type: "counter",
    help: "Turns at chunks by outcome; retried: failed, but not for good; lost: another worker took the chunk over.",
    labels: ["job_id", "table", "outcome"],
  },
  cassandra_rekey_leases_late_total: {
    type: "counter",
    help: "Times that a lease was not renewed for half of its time.",
    labels: ["job_id", "table"],
  },
  cassandra_rekey_retries_total: {
    type: "counter",
    help: "Requests tried again, by what they were and the error's code.",
    labels: ["job_id", "what", "code"],
  },
  cassandra_rekey_quarantined_cells_total: {
    type: "counter",
    help: "Cells that no key opened.",
    labels: ["job_id", "table", "column"],
  },
  cassandra_rekey_requests_in_flight_limit: {
    type: "gauge",
    help: "Requests to the tables that this process may have in flight.",
    labels: ["job_id"],
  },
  cassandra_rekey_throttled: {
    type: "gauge",
    help: "1 for what holds this process back now, by name; 0 for what did before.",
    labels: ["job_id", "throttle"],
  },
  cassandra_rekey_key_service_calls_total: {
    type: "counter",
    help: "Calls to a key service by outcome; refused: the ciphertext is not one of the key's.",
    labels: ["job_id", "keyring", "key_version", "call", "outcome"],
  },
  cassandra_rekey_key_service_call_duration_seconds: {
    type: "histogram",
    help: "Time that a call to a key service took.",
    labels: ["job_id", "keyring", "key_version", "call"],
    buckets: CALL_SECONDS,
  },
  cassandra_rekey_control_setting: {
    type: "gauge",
    help: "Live control settings as tuned while the job runs; absent where the configuration applies.",
    labels: ["job_id", "setting"],
  },
  cassandra_rekey_hook_events_missed_total: {
    type: "counter",
    help: "Events that a hook was too slow to hear.",
    labels: ["job_id", "hook"],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** The names of {@link METRICS}. */
export type MetricName = keyof typeof METRICS;
