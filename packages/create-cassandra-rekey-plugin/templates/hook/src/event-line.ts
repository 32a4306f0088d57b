import type { RekeyEvent } from "@cassandra-rekey/core";

/** What is told of an event; `undefined` for types that are not told of, or that do not exist yet. */
export function lineOf(event: RekeyEvent): string | undefined {
  switch (event.type) {
    case "job.started":
      return `template-part: a ${event.kind} of ${event.tables.join(", ")} has started`;
    case "job.finished":
      return `template-part: ${event.state} after ${event.totals.rekeyed} rows`;
    case "quarantine":
      // How many, never which: primary keys are personal data.
      return `template-part: ${event.entries.length} cells could not be opened`;
    default:
      return undefined;
  }
}
