import type { EncryptionKey, SealedCell } from "@cassandra-rekey/core";
import { forKey } from "./text-form.ts";

/** What a key says of a cell without decrypting it. */
export interface Identified {
  readonly verdict: "mine" | "foreign" | "unknown";
  /** As the key wants it; absent where it is none of this key's. */
  readonly cell?: SealedCell;
}

/** Asks one key for a cell's format. */
export function identified(key: EncryptionKey, sealed: SealedCell): Identified {
  const cell = forKey(key, sealed);
  if (!cell) return { verdict: "foreign" };
  const verdict = key.identify?.(cell.ciphertext) ?? "unknown";
  return verdict === "foreign" ? { verdict } : { verdict, cell };
}

/** Whether one of the keys tells the cell for its own by the format. */
export function isClaimed(sealed: SealedCell, keys: readonly EncryptionKey[]): boolean {
  return keys.some((key) => key.identify && identified(key, sealed).verdict === "mine");
}
