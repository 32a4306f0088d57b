import { RekeyError } from "@cassandra-rekey/core";

/** When none of this many first cells opens, the keyring is wrong, not the data. */
const TRIAL_CELLS = 1000;

/** Stops a job whose keyring is probably wrong before it fills the quarantine. */
export class KeyGuard {
  readonly #maxQuarantined: number;
  #opened: number;
  #refused: number;
  #quarantinedRows: number;

  /** `openedBefore` and `quarantinedBefore` are what earlier runs of the job came to, in rows. */
  constructor(maxQuarantined: number, openedBefore: number, quarantinedBefore: number) {
    this.#maxQuarantined = maxQuarantined;
    this.#opened = openedBefore;
    this.#refused = 0;
    this.#quarantinedRows = quarantinedBefore;
  }

  /** Counts a page; throws `JOB.WRONG_KEY`. */
  check(
    page: { readonly cells: number; readonly opened: number; readonly quarantinedRows: number },
    table: string,
  ): void {
    this.#opened += page.opened;
    this.#refused += page.cells - page.opened;
    this.#quarantinedRows += page.quarantinedRows;
    if (this.#opened === 0 && this.#refused >= TRIAL_CELLS) {
      throw new RekeyError(
        "JOB.WRONG_KEY",
        `none of the first ${this.#refused} cells of ${table} could be opened by any key of the keyring`,
      );
    }
    if (this.#quarantinedRows > this.#maxQuarantined) {
      throw new RekeyError(
        "JOB.WRONG_KEY",
        `${this.#quarantinedRows} rows hold cells that no key opens, more than max_quarantined (${this.#maxQuarantined}); the last in ${table}`,
      );
    }
  }
}
