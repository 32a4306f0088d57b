import type { RekeyEvent } from "@cassandra-rekey/core";

/** What a webhook may be told of. */
export const NEWS = ["started", "paused", "resumed", "stopped", "finished", "failed", "quarantine"] as const;

/** One of {@link NEWS}. */
export type News = (typeof NEWS)[number];

/** A piece of news, the same for every template. */
export interface Message {
  readonly news: News;
  readonly jobId: string;
  /** In words, on one line. */
  readonly text: string;
  /** The same in fields. */
  readonly details: Readonly<Record<string, string | number | readonly string[]>>;
}

const LONGEST_TEXT = 500;
const MOST_TABLES = 20;

/** Turns events into news. The quarantine is news once a run: when it is no longer empty. */
export class Newsroom {
  #cells = 0;

  messageOf(event: RekeyEvent): Message | undefined {
    switch (event.type) {
      case "job.started": {
        const tables = event.tables.slice(0, MOST_TABLES).map(short);
        const more =
          event.tables.length > MOST_TABLES ? ` and ${event.tables.length - MOST_TABLES} more` : "";
        return message("started", event, `${event.kind} of ${tables.join(", ")}${more} started`, {
          kind: event.kind,
          tables,
        });
      }
      case "job.state":
        if (event.state !== "paused" && event.state !== "running") return undefined;
        return event.state === "paused"
          ? message("paused", event, event.reason === undefined ? "paused" : `paused by ${event.reason}`, {
              ...(event.reason !== undefined && { reason: short(event.reason) }),
            })
          : message("resumed", event, "goes on");
      case "job.stopped": {
        const { code = "unknown error" } = event;
        return event.outcome === "interrupted"
          ? message("stopped", event, "was interrupted, and can go on")
          : message("failed", event, `stopped by an error: ${code}`, { code });
      }
      case "job.finished": {
        const { scanned, rekeyed, quarantined, young } = event.totals;
        const counts = { scanned, rekeyed, quarantined, young };
        const rows = `${scanned} rows read, ${rekeyed} rekeyed, ${quarantined} with cells in quarantine`;
        return event.state === "failed"
          ? message("failed", event, `ended, but some chunks failed: ${rows}`, counts)
          : message("finished", event, `is done: ${rows}`, counts);
      }
      case "quarantine": {
        const [first] = event.entries;
        this.#cells += event.entries.length;
        if (!first || this.#cells > event.entries.length) return undefined;
        const place = `${first.table}.${first.column}`;
        const cells = event.entries.length;
        return message("quarantine", event, `has cells that no key opens, the first in ${place}`, {
          table: first.table,
          column: first.column,
          cells,
        });
      }
      default:
        return undefined;
    }
  }
}

function message(
  news: News,
  { jobId }: { readonly jobId: string },
  text: string,
  details: Message["details"] = {},
): Message {
  return { news, jobId, text: short(`Job ${jobId} ${text}`), details };
}

/** One line, not too long. */
function short(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length <= LONGEST_TEXT ? line : `${line.slice(0, LONGEST_TEXT - 1)}…`;
}
