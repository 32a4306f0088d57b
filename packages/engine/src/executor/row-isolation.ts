import {
  type CensusEntry,
  isRekeyError,
  type QuarantineEntry,
  type Row,
  type TableShape,
  UNKNOWN_VERSION,
} from "@cassandra-rekey/core";
import { Census } from "../page/census.ts";
import type { PageWork, RowWrite } from "../page/page-work.ts";
import { addOutcomes, NOTHING_WRITTEN, type WriteOutcome } from "../writer/page-writer.ts";
import { failureText } from "./failure-text.ts";
import { tryInHalves } from "./halving.ts";

/** More failing rows in one page are not a few bad rows: the error is the table's, the key's or the cluster's. */
const MOST_ROWS = 64;

/** Where a page belongs. */
export interface PagePlace {
  readonly shape: TableShape;
  /** {@link JobTable.id} */
  readonly tableId: string;
}

/**
 * Finds the rows that a page fails of, when every attempt on a chunk has failed, so that the rest of it completes.
 * Only where other rows pass: if none does, the error is nobody's own, and stands.
 */
export class RowIsolation {
  /** Tables of which a page or a row has passed. */
  readonly #passed = { work: new Set<string>(), write: new Set<string>() };

  /**
   * Works on a page, if it must be without some of its rows. What is left has to pass together: a provider that mixes
   * up its batches fails at any size, and must not get through by being asked for one row at a time.
   */
  async work(
    rows: readonly Row[],
    place: PagePlace,
    isLastAttempt: boolean,
    attempt: (rows: readonly Row[]) => Promise<PageWork>,
  ): Promise<PageWork> {
    try {
      const work = await attempt(rows);
      if (rows.length > 0) this.#passed.work.add(place.tableId);
      return work;
    } catch (error) {
      // A broken provider stops the job at once, so there is no later attempt to wait for.
      const isContract = isRekeyError(error) && error.code === "KEY.CONTRACT";
      if (!isRowsOwn(error) || !(isLastAttempt || isContract)) throw error;
      const culprits = await this.#search(rows, attempt, error);
      if (culprits.size === rows.length && !this.#passed.work.has(place.tableId)) throw error;
      const rest = await attempt(rows.filter((row) => !culprits.has(row))).catch(() => {
        throw error;
      });
      return withoutRows(rest, place, culprits);
    }
  }

  /** Writes a page; tells which rows are refused by themselves. */
  async write(
    rows: readonly RowWrite[],
    place: PagePlace,
    isLastAttempt: boolean,
    attempt: (rows: readonly RowWrite[]) => Promise<WriteOutcome>,
  ): Promise<{ readonly outcome: WriteOutcome; readonly refused: readonly QuarantineEntry[] }> {
    const passed = this.#passed.write;
    try {
      const outcome = await attempt(rows);
      if (outcome.cells > 0) passed.add(place.tableId);
      return { outcome, refused: [] };
    } catch (error) {
      if (!isRowsOwn(error) || !isLastAttempt) throw error;
      const limits = { isItemsOwn: isRowsOwn, most: MOST_ROWS };
      const { results, failed } = await tryInHalves(rows, attempt, limits).catch((inner: unknown) => {
        throw isRowsOwn(inner) ? error : inner;
      });
      const outcome = results.reduce(addOutcomes, NOTHING_WRITTEN);
      if (outcome.cells > 0) passed.add(place.tableId);
      if (failed.length === rows.length && !passed.has(place.tableId)) throw error;
      return { outcome, refused: failed.flatMap(({ item, error: own }) => refusedCells(item, place, own)) };
    }
  }

  async #search(
    rows: readonly Row[],
    attempt: (rows: readonly Row[]) => Promise<unknown>,
    error: unknown,
  ): Promise<ReadonlyMap<Row, unknown>> {
    const limits = { isItemsOwn: isRowsOwn, most: MOST_ROWS };
    const { failed } = await tryInHalves(rows, attempt, limits).catch((inner: unknown) => {
      throw isRowsOwn(inner) ? error : inner;
    });
    return new Map(failed.map(({ item, error: own }) => [item, own]));
  }
}

/** Errors that can come from what one row holds. Outages never do, nor do refusals that meet every row alike. */
export function isRowsOwn(error: unknown): boolean {
  if (!isRekeyError(error)) return error instanceof Error && error.name !== "AbortError";
  if (error.retryable) return false;
  return /^(CLUSTER\.INVALID_QUERY|INTERNAL\.INVARIANT|KEY\.CONTRACT)$/.test(error.code);
}

function withoutRows(
  rest: PageWork,
  { shape, tableId }: PagePlace,
  culprits: ReadonlyMap<Row, unknown>,
): PageWork {
  const quarantine: QuarantineEntry[] = [];
  const census = new Census();
  for (const [row, error] of culprits) {
    const cells = shape.columns.map(({ name }, index) => ({ name, cell: row.cells[index] }));
    const elements = (row.elements ?? []).map((cell) => ({ name: shape.columns[cell.column]!.name, cell }));
    [...cells, ...elements].forEach(({ name, cell }) => {
      if (!cell) return;
      census.add(name, UNKNOWN_VERSION, cell.writetime);
      const { writetime } = cell;
      quarantine.push({ table: tableId, column: name, key: row.key, reason: reasonOf(error), writetime });
    });
  }
  return {
    ...rest,
    scanned: rest.scanned + culprits.size,
    quarantinedRows: rest.quarantinedRows + culprits.size,
    quarantine: [...rest.quarantine, ...quarantine],
    cells: rest.cells + quarantine.length,
    census: [...rest.census, ...census.entries()] satisfies readonly CensusEntry[],
  };
}

function refusedCells(row: RowWrite, { shape, tableId }: PagePlace, error: unknown): QuarantineEntry[] {
  return row.cells
    .filter(({ column }) => column !== shape.label?.name)
    .map(({ column, writetime }) => {
      return { table: tableId, column, key: row.key, reason: reasonOf(error), writetime };
    });
}

function reasonOf(error: unknown): string {
  const { code, message } = failureText(error);
  return `every attempt failed (${code}: ${message})`.slice(0, 500);
}
