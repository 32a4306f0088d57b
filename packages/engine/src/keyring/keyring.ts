import {
  type ClearCell,
  type EncryptionKey,
  type Opened,
  RekeyError,
  type SealedCell,
} from "@cassandra-rekey/core";
import { identified, isClaimed } from "./claims.ts";
import { broken } from "./contract.ts";
import { isOpenedAlike, SampledPlaces } from "./second-opening.ts";
import { forColumn } from "./text-form.ts";
import { type Classified, Trial } from "./trial.ts";

export type { Classified } from "./trial.ts";

/** A cell that a key is asked for, as that key wants it. */
interface Asked {
  readonly index: number;
  readonly cell: SealedCell;
}

/**
 * One target key and any number of previous ones. Which key a cell is under is what opens it, never a label.
 * The key whose format a cell has is asked first, then the others, most recently successful first. Keys that
 * authenticate nothing come last, and decide only where nobody else has a claim: one of them at the most would open
 * the cell, and its format is that of no other key, in this keyring or in any other.
 *
 * Its keys are those of `checkedKey`: what they answer is taken for what it should be.
 */
export class Keyring {
  readonly target: EncryptionKey;
  readonly #versions: readonly string[];
  readonly #strangers: readonly EncryptionKey[];
  readonly #sampled = new SampledPlaces();
  #order: readonly EncryptionKey[];
  /** Why nothing more is opened or sealed here. */
  #given: RekeyError | undefined;

  /** `strangers`: the keys of other keyrings. They open nothing here, but what has their format is no plaintext. */
  constructor(
    target: EncryptionKey,
    previous: readonly EncryptionKey[],
    strangers: readonly EncryptionKey[] = [],
  ) {
    const keys = [target, ...previous];
    const versions = keys.map((key) => key.version);
    const twice = versions.find((version, index) => versions.indexOf(version) !== index);
    if (twice !== undefined) {
      throw new RekeyError("KEY.DUPLICATE", `two keys of the keyring have the version "${twice}"`);
    }
    this.target = target;
    this.#versions = versions;
    this.#strangers = strangers.filter((key) => key.authenticates);
    this.#order = [...keys.filter((key) => key.authenticates), ...keys.filter((key) => !key.authenticates)];
  }

  get keys(): readonly EncryptionKey[] {
    return this.#order;
  }

  get previousVersions(): readonly string[] {
    return this.#order.filter((key) => key !== this.target).map((key) => key.version);
  }

  /**
   * Opens a batch; results follow the cells. Plaintexts belong to the caller, who wipes them. One cell of each key is opened
   * again by itself: throws `KEY.INCONSISTENT` when it is something else then, and ever after.
   */
  async classify(cells: readonly SealedCell[], signal: AbortSignal): Promise<readonly Classified[]> {
    if (this.#given) throw this.#given;
    const trial = new Trial(cells);
    try {
      await this.#tryProving(trial, signal);
      await this.#tryOthers(trial, signal);
    } catch (error) {
      trial.wipe();
      throw error;
    }
    return trial.results((refusals) => this.#reason(refusals));
  }

  /** The keys whose answer proves itself. A cell in another's format waits until that one has been asked. */
  async #tryProving(trial: Trial, signal: AbortSignal): Promise<void> {
    const keys = this.#order.filter((key) => key.authenticates);
    const waiting: (readonly [EncryptionKey, Asked[]])[] = [];
    for (const key of keys) {
      const open = trial.open;
      if (open.length === 0) return;
      const others = keys.filter((other) => other !== key);
      const asked: Asked[] = [];
      const later: Asked[] = [];
      for (const index of open) {
        const { verdict, cell } = identified(key, trial.cells[index]!);
        if (!cell) trial.refuse(index, key, "not-this-format");
        else if (verdict === "unknown" && isClaimed(trial.cells[index]!, others)) later.push({ index, cell });
        else asked.push({ index, cell });
      }
      if (later.length > 0) waiting.push([key, later]);
      await this.#ask(trial, key, asked, signal);
      if (trial.open.length * 2 < open.length) this.#prefer(key);
    }
    for (const [key, later] of waiting)
      await this.#ask(
        trial,
        key,
        later.filter(({ index }) => trial.isOpen(index)),
        signal,
      );
  }

  /** The keys that would open anything. Of two of them, or in a format that is somebody's, they would only guess. */
  async #tryOthers(trial: Trial, signal: AbortSignal): Promise<void> {
    const keys = this.#order.filter((key) => !key.authenticates);
    const open = trial.open;
    if (keys.length === 0 || open.length === 0) return;
    const proving = [...this.#order.filter((key) => key.authenticates), ...this.#strangers];
    const batches = new Map(keys.map((key): [EncryptionKey, Asked[]] => [key, []]));
    for (const index of open) {
      const sealed = trial.cells[index]!;
      const isForeign = isClaimed(sealed, proving);
      const verdicts = keys.map((key) => ({ key, ...identified(key, sealed) }));
      const isOwned = verdicts.some(({ verdict }) => verdict === "mine");
      for (const { key, verdict, cell } of verdicts) {
        if (!cell || isForeign || (isOwned && verdict !== "mine"))
          trial.refuse(index, key, "not-this-format");
        else batches.get(key)!.push({ index, cell });
      }
    }
    for (const [key, asked] of batches) await this.#ask(trial, key, asked, signal);
  }

  /** Asks a key for cells and notes its answers. */
  async #ask(trial: Trial, key: EncryptionKey, asked: readonly Asked[], signal: AbortSignal): Promise<void> {
    if (asked.length === 0) return;
    const batch = asked.map(({ cell }) => cell);
    const results = await key.decrypt(batch, signal);
    const under = key === this.target ? "target" : "previous";
    await this.#openAgain(key, batch, results, signal);
    asked.forEach(({ index }, position) => {
      const result = results[position]!;
      if ("refused" in result) trial.refuse(index, key, result.refused);
      else {
        const { plaintext } = result;
        trial.opened(index, { under, version: key.version, proven: key.authenticates, plaintext });
      }
    });
  }

  /**
   * Opens one cell of a batch again, by itself. A provider that mixes up its results would have one cell's value written into
   * another; one that gives out memory which it uses again would have that overwritten by a later batch, or wiped by us.
   */
  async #openAgain(
    key: EncryptionKey,
    batch: readonly SealedCell[],
    results: readonly Opened[],
    signal: AbortSignal,
  ): Promise<void> {
    const place = this.#sampled.opened(key, results);
    if (place === undefined) return;
    try {
      const [again] = await key.decrypt([batch[place]!], signal);
      if (isOpenedAlike(place, results, again!)) return;
      throw this.#giveUp(
        key,
        "opened a cell to something else when asked for it again by itself, or to memory that it had given out before",
      );
    } catch (error) {
      for (const result of results) if ("plaintext" in result) result.plaintext.fill(0);
      throw error;
    }
  }

  /**
   * Seals a batch under the target key, as the columns take it. Some results are opened again, the first and the last always: a
   * provider that mixes up its batch, or that cannot read what it wrote, must not get as far as the table.
   */
  async seal(cells: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]> {
    if (this.#given) throw this.#given;
    if (cells.length === 0) return [];
    const sealed = await this.target.encrypt(cells, signal);
    await this.#openSealed(cells, sealed, signal);
    return sealed.map((ciphertext, index) => forColumn(this.target, cells[index]!.form, ciphertext));
  }

  async #openSealed(
    cells: readonly ClearCell[],
    sealed: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<void> {
    const last = cells.length - 1;
    const sample = [...new Set([0, last, this.#sampled.of(cells.length)])];
    const batch = sample.map((index): SealedCell => {
      const { form, context } = cells[index]!;
      return { ciphertext: sealed[index]!, form, context };
    });
    const opened = await this.target.decrypt(batch, signal);
    sample.forEach((index, position) => {
      const result = opened[position]!;
      if (!("plaintext" in result) || Buffer.compare(result.plaintext, cells[index]!.plaintext) !== 0) {
        const what = "sealed a cell to something that does not open to what it was given";
        // Found by chance: if the batch were tried again in other parts, it might not be.
        if (index > 0 && index < last) throw this.#giveUp(this.target, what);
        throw broken(this.target, "encrypt", "returned something that does not decrypt to what it was given");
      }
      result.plaintext.fill(0);
    });
  }

  /** What is found by a sample may be passed over by the next one: nothing of this keyring is trusted any more. */
  #giveUp({ version }: EncryptionKey, what: string): RekeyError {
    this.#given = new RekeyError("KEY.INCONSISTENT", `key ${version} ${what}`);
    return this.#given;
  }

  /** In the keyring's order, whatever order the keys were tried in: one reason has one spelling. */
  #reason(refusals: readonly string[]): string {
    const place = (refusal: string) =>
      this.#versions.findIndex((version) => refusal.startsWith(`${version}: `));
    return refusals.toSorted((a, b) => place(a) - place(b)).join("; ");
  }

  #prefer(key: EncryptionKey): void {
    if (this.#order[0] === key) return;
    this.#order = [key, ...this.#order.filter((other) => other !== key)];
  }
}
