import { RekeyError } from "@cassandra-rekey/core";
import type { PageWork } from "../page/page-work.ts";

/** When none of this many first cells opens, the keyring is wrong, not the data. */
const TRIAL_CELLS = 1000;

type Counts = Pick<PageWork, "cells" | "opened" | "quarantine">;

/** Stops a job whose keyring is probably wrong before it fills the quarantine. */
export class KeyGuard {
  readonly #maxQuarantined: number;
  #opened: number;
  #refused: number;
  #quarantined: number;

  /** `openedBefore` and `quarantinedBefore` are what earlier runs of the job came to: rows, and cells. */
  constructor(maxQuarantined: number, openedBefore: number, quarantinedBefore: number) {
    this.#maxQuarantined = maxQuarantined;
    this.#opened = openedBefore;
    this.#refused = 0;
    this.#quarantined = quarantinedBefore;
  }

  /** Counts a page of a chunk's `visit`; throws `JOB.WRONG_KEY`. The later visit meets cells that were counted before. */
  check(page: Counts, table: string, visit: number): void {
    this.#opened += page.opened;
    this.#refused += page.cells - page.opened;
    if (visit === 0) this.#quarantined += page.quarantine.length;
    if (this.#opened === 0 && this.#refused >= TRIAL_CELLS) {
      throw new RekeyError(
        "JOB.WRONG_KEY",
        `none of the first ${this.#refused} cells of ${table} could be opened by any key of the keyring`,
      );
    }
    if (this.#quarantined > this.#maxQuarantined) {
      throw new RekeyError(
        "JOB.WRONG_KEY",
        `${this.#quarantined} cells are in quarantine, more than max_quarantined (${this.#maxQuarantined}); the last in ${table}`,
      );
    }
  }

  /** Takes back a page that was dropped and will be read again. */
  forget(page: Counts, visit: number): void {
    this.#opened -= page.opened;
    this.#refused -= page.cells - page.opened;
    if (visit === 0) this.#quarantined -= page.quarantine.length;
  }
}
