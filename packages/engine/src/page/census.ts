import type { CensusEntry } from "@cassandra-rekey/core";

/** Counts cells by column and key version. */
export class Census {
  readonly #counts = new Map<string, Map<string, { cells: number; newestWritetime: bigint }>>();

  add(column: string, keyVersion: string, writetime: bigint): void {
    let versions = this.#counts.get(column);
    if (!versions) {
      versions = new Map();
      this.#counts.set(column, versions);
    }
    const entry = versions.get(keyVersion);
    if (!entry) {
      versions.set(keyVersion, { cells: 1, newestWritetime: writetime });
      return;
    }
    entry.cells += 1;
    if (writetime > entry.newestWritetime) entry.newestWritetime = writetime;
  }

  entries(): readonly CensusEntry[] {
    return [...this.#counts].flatMap(([column, versions]) =>
      [...versions].map(([keyVersion, entry]) => ({ column, keyVersion, ...entry })),
    );
  }
}
