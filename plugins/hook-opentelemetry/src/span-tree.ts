import type { RekeyEvent } from "@cassandra-rekey/core";
import type { Context, Span, Tracer } from "@opentelemetry/api";

/** What of the API is used for spans; imported when the hook is made. */
export interface TraceApi {
  readonly tracer: Tracer;
  /** What the job's span belongs to. */
  readonly outer: Context;
  readonly inside: (span: Span, outer: Context) => Context;
  readonly clientKind: number;
  readonly errorStatus: number;
}

type OfPage = Extract<RekeyEvent, { readonly type: "page.done" }>;
type OfCall = Extract<RekeyEvent, { readonly type: "key.call" }>;
type Place = { readonly table: string; readonly chunkId: number };

/** A span for the run, in it one for each chunk, in these one for each page, and one for each key-service call. */
export class SpanTree {
  readonly #api: TraceApi;
  readonly #withPages: boolean;
  readonly #chunks = new Map<string, Span>();
  #job: Span | undefined;

  constructor(api: TraceApi, withPages: boolean) {
    this.#api = api;
    this.#withPages = withPages;
  }

  record(event: RekeyEvent, at: number): void {
    switch (event.type) {
      case "job.started":
        this.#job?.end(at);
        this.#job = this.#api.tracer.startSpan(
          `rekey job ${event.kind}`,
          {
            startTime: at,
            attributes: {
              "rekey.job.id": event.jobId,
              "rekey.job.kind": event.kind,
              "rekey.tables": [...event.tables],
            },
          },
          this.#api.outer,
        );
        break;
      case "job.state":
      case "job.tuned":
      case "throttle":
        this.#job?.addEvent(event.type, textsOf(event), at);
        break;
      case "chunk.claimed":
        this.#open(event, at);
        break;
      case "page.done":
        if (this.#withPages) this.#page(event, at);
        break;
      case "page.dropped":
      case "lease.late":
        this.#chunks.get(nameOf(event))?.addEvent(event.type, textsOf(event), at);
        break;
      case "chunk.finished":
      case "chunk.released":
      case "chunk.lost":
      case "chunk.failed":
        this.#close(event, event.type.slice("chunk.".length), at);
        break;
      case "key.call":
        this.#call(event, at);
        break;
      case "job.stopped":
        this.#end(at, event.outcome, event.outcome === "failed" ? (event.code ?? "unknown") : undefined);
        break;
      case "job.finished":
        this.#end(at, event.state, event.state === "failed" ? "JOB.CHUNKS_FAILED" : undefined);
        break;
    }
  }

  /** Ends what is still open. */
  close(at: number): void {
    for (const span of this.#chunks.values()) span.end(at);
    this.#chunks.clear();
    this.#job?.end(at);
    this.#job = undefined;
  }

  #open(event: Extract<RekeyEvent, { readonly type: "chunk.claimed" }>, at: number): void {
    this.#chunks.get(nameOf(event))?.end(at);
    const attributes = {
      "rekey.table": event.table,
      "rekey.chunk": event.chunkId,
      "rekey.attempt": event.attempt,
    };
    const span = this.#api.tracer.startSpan(
      "rekey chunk",
      { startTime: at, attributes },
      this.#below(this.#job),
    );
    this.#chunks.set(nameOf(event), span);
  }

  #close(event: Place & { readonly code?: string }, outcome: string, at: number): void {
    const span = this.#chunks.get(nameOf(event));
    if (!span) return;
    this.#chunks.delete(nameOf(event));
    span.setAttribute("rekey.outcome", outcome);
    if (event.code !== undefined) span.setStatus({ code: this.#api.errorStatus, message: event.code });
    span.end(at);
  }

  #page(event: OfPage, at: number): void {
    const { table, rows, rekeyed, bytes, readMs, sealMs, writeMs } = event;
    const span = this.#api.tracer.startSpan(
      "rekey page",
      {
        startTime: at - readMs - sealMs - writeMs,
        attributes: {
          "rekey.table": table,
          "rekey.rows": rows,
          "rekey.rows.rekeyed": rekeyed,
          "rekey.bytes": bytes,
          "rekey.read_ms": readMs,
          "rekey.seal_ms": sealMs,
          "rekey.write_ms": writeMs,
        },
      },
      this.#below(this.#chunks.get(nameOf(event)) ?? this.#job),
    );
    span.end(at);
  }

  #call({ keyVersion, keyring = "keys", call, outcome, ms }: OfCall, at: number): void {
    const { tracer, clientKind, errorStatus } = this.#api;
    const attributes = {
      "rekey.keyring": keyring,
      "rekey.key.version": keyVersion,
      "rekey.outcome": outcome,
    };
    const options = { kind: clientKind, startTime: at - ms, attributes };
    const span = tracer.startSpan(`key service ${call}`, options, this.#below(this.#job));
    if (outcome === "failed") span.setStatus({ code: errorStatus });
    span.end(at);
  }

  #end(at: number, outcome: string, code: string | undefined): void {
    this.#job?.setAttribute("rekey.outcome", outcome);
    if (code !== undefined) this.#job?.setStatus({ code: this.#api.errorStatus, message: code });
    this.close(at);
  }

  #below(span: Span | undefined): Context {
    return span ? this.#api.inside(span, this.#api.outer) : this.#api.outer;
  }
}

function nameOf({ table, chunkId }: Place): string {
  return `${chunkId} ${table}`;
}

/** The plain fields of an event. */
function textsOf(event: RekeyEvent): Record<string, string | number> {
  const plain = Object.entries(event).filter(
    ([key, value]) => key !== "type" && (typeof value === "string" || typeof value === "number"),
  );
  return Object.fromEntries(plain) as Record<string, string | number>;
}
