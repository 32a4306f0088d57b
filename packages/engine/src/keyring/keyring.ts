import {
  type ClearCell,
  type EncryptionKey,
  type Opened,
  type Refusal,
  RekeyError,
  type SealedCell,
} from "@cassandra-rekey/core";
import { apartFrom } from "./own-memory.ts";
import { forColumn, forKey } from "./text-form.ts";

/** What the keyring made of one cell. */
export type Classified =
  | { readonly under: "target"; readonly version: string; readonly plaintext: Uint8Array }
  | { readonly under: "previous"; readonly version: string; readonly plaintext: Uint8Array }
  | { readonly under: "unknown"; readonly reason: string };

/**
 * One target key and any number of previous ones. Which key a cell is under is what opens it, never a label.
 * Keys are tried most recently successful first, keys that authenticate nothing last.
 */
export class Keyring {
  readonly target: EncryptionKey;
  readonly #versions: readonly string[];
  #order: readonly EncryptionKey[];

  constructor(target: EncryptionKey, previous: readonly EncryptionKey[]) {
    const keys = [target, ...previous];
    const versions = keys.map((key) => key.version);
    const twice = versions.find((version, index) => versions.indexOf(version) !== index);
    if (twice !== undefined) {
      throw new RekeyError("KEY.DUPLICATE", `two keys of the keyring have the version "${twice}"`);
    }
    this.target = target;
    this.#versions = versions;
    this.#order = [...keys.filter((key) => key.authenticates), ...keys.filter((key) => !key.authenticates)];
  }

  get keys(): readonly EncryptionKey[] {
    return this.#order;
  }

  get previousVersions(): readonly string[] {
    return this.#order.filter((key) => key !== this.target).map((key) => key.version);
  }

  /** Opens a batch; results follow the cells. Plaintexts belong to the caller, who wipes them. */
  async classify(cells: readonly SealedCell[], signal: AbortSignal): Promise<readonly Classified[]> {
    const results = cells.map((): Classified | undefined => undefined);
    const refusals: string[][] = cells.map(() => []);
    let open = cells.map((_, index) => index);
    try {
      for (const key of this.#order) {
        if (open.length === 0) break;
        const before = open.length;
        open = await this.#tryKey(key, cells, open, results, refusals, signal);
        if (open.length * 2 < before && key.authenticates) this.#prefer(key);
      }
    } catch (error) {
      for (const result of results) if (result && "plaintext" in result) result.plaintext.fill(0);
      throw error;
    }
    return results.map(
      (result, index) => result ?? { under: "unknown", reason: this.#reason(refusals[index]!) },
    );
  }

  /**
   * Seals a batch under the target key, as the columns take it. The first and the last result are opened again: a
   * provider that mixes up its batch, or that cannot read what it wrote, must not get as far as the table.
   */
  async seal(cells: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]> {
    if (cells.length === 0) return [];
    const sealed = await this.target.encrypt(cells, signal);
    this.#checkCount(this.target, "encrypt", cells.length, sealed.length);
    for (const [index, ciphertext] of sealed.entries()) {
      const mayBeEmpty = this.target.writes === "verbatim" && cells[index]!.plaintext.length === 0;
      if (!(ciphertext instanceof Uint8Array) || (ciphertext.length === 0 && !mayBeEmpty)) {
        throw broken(this.target, "encrypt", "returned an empty result");
      }
    }
    await this.#openAgain(cells, sealed, signal);
    return sealed.map((ciphertext, index) => {
      const { form, plaintext } = cells[index]!;
      return forColumn(this.target, form, apartFrom(ciphertext, plaintext));
    });
  }

  async #openAgain(
    cells: readonly ClearCell[],
    sealed: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<void> {
    const sample = [...new Set([0, cells.length - 1])];
    const batch = sample.map((index): SealedCell => {
      const { form, context } = cells[index]!;
      return { ciphertext: sealed[index]!, form, context };
    });
    const opened = await this.target.decrypt(batch, signal);
    this.#checkCount(this.target, "decrypt", batch.length, opened.length);
    sample.forEach((index, position) => {
      const result = checked(this.target, opened[position]);
      if (!("plaintext" in result) || Buffer.compare(result.plaintext, cells[index]!.plaintext) !== 0) {
        throw broken(this.target, "encrypt", "returned something that does not decrypt to what it was given");
      }
      if (apartFrom(result.plaintext, sealed[index]!) === result.plaintext) result.plaintext.fill(0);
    });
  }

  async #tryKey(
    key: EncryptionKey,
    cells: readonly SealedCell[],
    open: readonly number[],
    results: (Classified | undefined)[],
    refusals: string[][],
    signal: AbortSignal,
  ): Promise<number[]> {
    const left: number[] = [];
    const tried: number[] = [];
    const batch: SealedCell[] = [];
    for (const index of open) {
      const cell = forKey(key, cells[index]!);
      if (!cell || key.identify?.(cell.ciphertext) === "foreign") {
        refusals[index]!.push(`${key.version}: not-this-format`);
        left.push(index);
      } else {
        tried.push(index);
        batch.push(cell);
      }
    }
    if (batch.length === 0) return left;
    const opened = await key.decrypt(batch, signal);
    this.#checkCount(key, "decrypt", batch.length, opened.length);
    const under = key === this.target ? "target" : "previous";
    tried.forEach((index, position) => {
      const result = checked(key, opened[position]);
      if ("plaintext" in result) {
        const plaintext = apartFrom(result.plaintext, batch[position]!.ciphertext);
        results[index] = { under, version: key.version, plaintext };
        return;
      }
      refusals[index]!.push(`${key.version}: ${result.refused}`);
      if (isConclusive(result.refused))
        results[index] = { under: "unknown", reason: this.#reason(refusals[index]!) };
      else left.push(index);
    });
    return left;
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

  #checkCount(key: EncryptionKey, call: string, asked: number, got: number): void {
    if (asked === got) return;
    throw broken(key, call, `returned ${got} results for ${asked} cells`);
  }
}

function isConclusive(refusal: Refusal): boolean {
  return refusal === "corrupt";
}

/** A result as the contract has it. Providers are other people's code, perhaps not even type-checked. */
function checked(key: EncryptionKey, result: Opened | undefined): Opened {
  const { plaintext, refused } = (result ?? {}) as { plaintext?: unknown; refused?: unknown };
  if (result && (plaintext instanceof Uint8Array || typeof refused === "string")) return result;
  throw broken(key, "decrypt", "returned neither a plaintext nor a refusal");
}

function broken(key: EncryptionKey, call: string, what: string): RekeyError {
  return new RekeyError("KEY.CONTRACT", `${call} of key ${key.version} ${what}`);
}
