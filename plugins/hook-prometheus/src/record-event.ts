import type { ControlSettings, RekeyEvent } from "@cassandra-rekey/core";
import type { RunRegistry } from "./registry.ts";

const SETTINGS: Readonly<Record<keyof ControlSettings, string>> = {
  workers: "workers",
  maxRowsPerSecond: "max_rows_per_second",
  thresholdMs: "threshold_ms",
  maxInFlight: "max_in_flight",
};

/** Turns events into values. What it does not know changes nothing. */
export class EventRecorder {
  readonly #registry: RunRegistry;
  readonly #states = new Set<string>();
  readonly #throttles = new Set<string>();
  #kind = "unknown";

  constructor(registry: RunRegistry) {
    this.#registry = registry;
  }

  record(event: RekeyEvent): void {
    const { jobId: job_id } = event;
    const registry = this.#registry;
    switch (event.type) {
      case "job.started":
        this.#kind = event.kind;
        this.#state(job_id, "running");
        break;
      case "job.state":
      case "job.finished":
        this.#state(job_id, event.state);
        break;
      case "job.stopped":
        this.#state(job_id, event.outcome === "failed" ? "stopped_by_error" : "stopped");
        break;
      case "job.tuned":
        this.#tuned(job_id, event.settings);
        break;
      case "table.started":
      case "table.finished":
      case "table.progress":
        this.#table(event);
        break;
      case "page.done":
        this.#page(event);
        break;
      case "page.dropped":
        registry.count("cassandra_rekey_pages_total", {
          job_id,
          table: event.table,
          outcome: "dropped",
        });
        break;
      case "chunk.finished":
      case "chunk.released":
      case "chunk.lost":
      case "chunk.failed": {
        const end = event.type.slice("chunk.".length);
        const outcome = event.type === "chunk.failed" && !event.final ? "retried" : end;
        registry.count("cassandra_rekey_chunks_ended_total", { job_id, table: event.table, outcome });
        break;
      }
      case "lease.late":
        registry.count("cassandra_rekey_leases_late_total", { job_id, table: event.table });
        break;
      case "retry":
        registry.count("cassandra_rekey_retries_total", {
          job_id,
          what: event.what,
          code: event.code,
        });
        break;
      case "quarantine":
        for (const { table, column } of event.entries)
          registry.count("cassandra_rekey_quarantined_cells_total", { job_id, table, column });
        break;
      case "throttle":
        registry.set("cassandra_rekey_requests_in_flight_limit", { job_id }, event.permits);
        this.#throttled(job_id, event.reason);
        break;
      case "key.call": {
        const { keyVersion: key_version, keyring = "keys", call, outcome, ms } = event;
        registry.count("cassandra_rekey_key_service_calls_total", {
          job_id,
          keyring,
          key_version,
          call,
          outcome,
        });
        const labels = { job_id, keyring, key_version, call };
        registry.observe("cassandra_rekey_key_service_call_duration_seconds", labels, ms / 1000);
        break;
      }
      case "hook.missed":
        registry.count(
          "cassandra_rekey_hook_events_missed_total",
          { job_id, hook: event.hook },
          event.events,
        );
        break;
    }
  }

  #state(job_id: string, state: string): void {
    this.#states.add(state);
    for (const one of this.#states) {
      const labels = { job_id, kind: this.#kind, state: one };
      this.#registry.set("cassandra_rekey_job_state", labels, one === state ? 1 : 0);
    }
  }

  #tuned(job_id: string, settings: ControlSettings): void {
    this.#registry.reset("cassandra_rekey_control_setting");
    for (const [key, setting] of Object.entries(SETTINGS)) {
      const value = settings[key as keyof ControlSettings];
      if (value !== undefined)
        this.#registry.set("cassandra_rekey_control_setting", { job_id, setting }, value);
    }
  }

  #table(event: Extract<RekeyEvent, { readonly type: `table.${string}` }>): void {
    const { jobId: job_id, table, chunks } = event;
    for (const [state, count] of Object.entries(chunks))
      this.#registry.set("cassandra_rekey_table_chunks", { job_id, table, state }, count);
    if (event.type === "table.progress")
      this.#registry.set("cassandra_rekey_table_completed_ratio", { job_id, table }, event.fraction);
  }

  #page(event: Extract<RekeyEvent, { readonly type: "page.done" }>): void {
    const { jobId: job_id, table, rows, rekeyed, raced, bytes } = event;
    const registry = this.#registry;
    registry.count("cassandra_rekey_rows_scanned_total", { job_id, table }, rows);
    registry.count("cassandra_rekey_rows_rekeyed_total", { job_id, table }, rekeyed);
    registry.count("cassandra_rekey_rows_raced_total", { job_id, table }, raced);
    registry.count("cassandra_rekey_scanned_bytes_total", { job_id, table }, bytes);
    registry.count("cassandra_rekey_pages_total", { job_id, table, outcome: "done" });
    const steps = { read: event.readMs, seal: event.sealMs, write: event.writeMs };
    for (const [step, ms] of Object.entries(steps))
      registry.observe("cassandra_rekey_page_duration_seconds", { job_id, table, step }, ms / 1000);
  }

  #throttled(job_id: string, reason: string | undefined): void {
    // The text has a reading in it, which changes all the time: only the name may be a label.
    const now = reason === undefined ? undefined : (/^[\w-]{1,60}(?=:)/.exec(reason)?.[0] ?? "other");
    if (now !== undefined) this.#throttles.add(now);
    for (const throttle of this.#throttles)
      this.#registry.set("cassandra_rekey_throttled", { job_id, throttle }, throttle === now ? 1 : 0);
  }
}
