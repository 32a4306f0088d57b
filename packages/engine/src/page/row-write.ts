import type { Row } from "@cassandra-rekey/core";
import type { PendingCell } from "../writer/fence.ts";
import type { RowWrite } from "./page-work.ts";

/** Roughly what a statement costs besides its key and its cells. */
const STATEMENT_BYTES = 40;
/** What the server counts of a cell besides its value when it holds a batch against its thresholds. */
const CELL_BYTES = 20;

/** The write of a row's cells, with what it roughly weighs. `rekeys`: whether an encrypted column is among them. */
export function rowWrite({ token, key }: Row, cells: readonly PendingCell[], rekeys: boolean): RowWrite {
  let bytes = 0;
  for (const part of key) bytes += part.length;
  const keyBytes = bytes;
  for (const cell of cells)
    bytes += cell.value.length + CELL_BYTES + (cell.part && "key" in cell.part ? cell.part.key.length : 0);
  return { token, key, bytes: bytes + statementsOf(cells) * (STATEMENT_BYTES + keyBytes), cells, rekeys };
}

/** How many statements a row's cells need: one for each writetime and expiry. */
function statementsOf(cells: readonly PendingCell[]): number {
  const { writetime, expiresAt } = cells[0]!;
  if (cells.every((cell) => cell.writetime === writetime && cell.expiresAt === expiresAt)) return 1;
  return new Set(cells.map((cell) => `${cell.writetime}/${cell.expiresAt}`)).size;
}
