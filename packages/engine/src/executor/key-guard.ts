import { RekeyError, UNKNOWN_VERSION } from "@cassandra-rekey/core";
import { DEFAULT_KEYRING } from "../config/settings.ts";
import type { PageWork } from "../page/page-work.ts";
import type { TableRun } from "./table-run.ts";

/** When none of this many first cells under a keyring opens, the keyring is wrong, not the data. */
const TRIAL_CELLS = 1000;

type Counts = Pick<PageWork, "census" | "quarantine">;

/** Where a page belongs, and which keyring its columns have. */
type Place = Pick<TableRun, "keyringOf"> & { readonly table: { readonly id: string } };

/** Stops a job of which a keyring is probably wrong before it fills the quarantine. */
export class KeyGuard {
  readonly #maxQuarantined: number;
  readonly #opened: Map<string, number>;
  readonly #refused = new Map<string, number>();
  #quarantined: number;

  /** `openedBefore` (by keyring) and `quarantinedBefore` are the cells that earlier runs of the job came to. */
  constructor(maxQuarantined: number, openedBefore: ReadonlyMap<string, number>, quarantinedBefore: number) {
    this.#maxQuarantined = maxQuarantined;
    this.#opened = new Map(openedBefore);
    this.#quarantined = quarantinedBefore;
  }

  /** Counts a page of a chunk's `visit`; throws `JOB.WRONG_KEY`. The later visit meets cells that were counted before. */
  check(page: Counts, place: Place, visit: number): void {
    this.#count(page, place, visit, 1);
    for (const [keyring, refused] of this.#refused) {
      if (refused < TRIAL_CELLS || (this.#opened.get(keyring) ?? 0) > 0) continue;
      const under = keyring === DEFAULT_KEYRING ? "" : ` under the keyring ${keyring}`;
      throw new RekeyError(
        "JOB.WRONG_KEY",
        `none of the first ${refused} cells${under} could be opened by any key of the keyring; the last in ${place.table.id}`,
      );
    }
    if (this.#quarantined > this.#maxQuarantined) {
      throw new RekeyError(
        "JOB.WRONG_KEY",
        `${this.#quarantined} cells are in quarantine, more than max_quarantined (${this.#maxQuarantined}); the last in ${place.table.id}`,
      );
    }
  }

  /** Takes back a page that was dropped and will be read again. */
  forget(page: Counts, place: Place, visit: number): void {
    this.#count(page, place, visit, -1);
  }

  #count({ census, quarantine }: Counts, { keyringOf }: Place, visit: number, sign: 1 | -1): void {
    for (const { column, keyVersion, cells } of census) {
      const counts = keyVersion === UNKNOWN_VERSION ? this.#refused : this.#opened;
      const keyring = keyringOf(column);
      counts.set(keyring, (counts.get(keyring) ?? 0) + sign * cells);
    }
    if (visit === 0) this.#quarantined += sign * quarantine.length;
  }
}
