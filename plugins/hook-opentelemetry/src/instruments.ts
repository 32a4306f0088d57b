import type { RekeyEvent } from "@cassandra-rekey/core";
import type { Counter, Gauge, Histogram, Meter } from "@opentelemetry/api";

const SECONDS = {
  unit: "s",
  advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
};

/** The metrics, made through the API: whatever SDK is registered exports them. */
export class Instruments {
  readonly #rows: Counter;
  readonly #bytes: Counter;
  readonly #pages: Histogram;
  readonly #dropped: Counter;
  readonly #chunks: Counter;
  readonly #retries: Counter;
  readonly #quarantined: Counter;
  readonly #calls: Histogram;
  readonly #completed: Gauge;
  readonly #permits: Gauge;

  constructor(meter: Meter) {
    const counter = (name: string, unit: string, description: string) =>
      meter.createCounter(`cassandra_rekey.${name}`, { unit, description });
    this.#rows = counter("rows", "{row}", "Rows by outcome: scanned, and of these rekeyed and raced.");
    this.#bytes = counter("scanned", "By", "Bytes of the pages read.");
    this.#dropped = counter("pages.dropped", "{page}", "Pages that grew too old and were read again.");
    this.#chunks = counter("chunks", "{chunk}", "Turns at chunks by outcome.");
    this.#retries = counter("retries", "{request}", "Requests tried again.");
    this.#quarantined = counter("quarantined", "{cell}", "Cells that no key opened.");
    this.#pages = meter.createHistogram("cassandra_rekey.page.duration", {
      ...SECONDS,
      description: "Time that a page took, by step: read, seal, write.",
    });
    this.#calls = meter.createHistogram("cassandra_rekey.key_service.call.duration", {
      ...SECONDS,
      description: "Time that a call to a key service took.",
    });
    this.#completed = meter.createGauge("cassandra_rekey.table.completed", {
      unit: "1",
      description: "Part of the table that is done, by all processes' work.",
    });
    this.#permits = meter.createGauge("cassandra_rekey.requests.limit", {
      unit: "{request}",
      description: "Requests that this process may have in flight.",
    });
  }

  record(event: RekeyEvent): void {
    const { jobId: job } = event;
    switch (event.type) {
      case "page.done":
        this.#page(event);
        break;
      case "page.dropped":
        this.#dropped.add(1, { job, table: event.table });
        break;
      case "chunk.finished":
      case "chunk.released":
      case "chunk.lost":
      case "chunk.failed":
        this.#chunks.add(1, { job, table: event.table, outcome: event.type.slice("chunk.".length) });
        break;
      case "retry":
        this.#retries.add(1, { job, what: event.what, code: event.code });
        break;
      case "quarantine":
        for (const { table, column } of event.entries) this.#quarantined.add(1, { job, table, column });
        break;
      case "key.call": {
        const { keyVersion, keyring = "keys", call, outcome, ms } = event;
        this.#calls.record(ms / 1000, { job, keyring, "key.version": keyVersion, call, outcome });
        break;
      }
      case "table.progress":
        this.#completed.record(event.fraction, { job, table: event.table });
        break;
      case "throttle":
        this.#permits.record(event.permits, { job });
        break;
    }
  }

  #page(event: Extract<RekeyEvent, { readonly type: "page.done" }>): void {
    const place = { job: event.jobId, table: event.table };
    this.#rows.add(event.rows, { ...place, outcome: "scanned" });
    this.#rows.add(event.rekeyed, { ...place, outcome: "rekeyed" });
    this.#rows.add(event.raced, { ...place, outcome: "raced" });
    this.#bytes.add(event.bytes, place);
    const steps = { read: event.readMs, seal: event.sealMs, write: event.writeMs };
    for (const [step, ms] of Object.entries(steps)) this.#pages.record(ms / 1000, { ...place, step });
  }
}
