import {
  type ClearCell,
  type EncryptionKey,
  type Opened,
  type Refusal,
  RekeyError,
  type SealedCell,
} from "@cassandra-rekey/core";
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
  #order: readonly EncryptionKey[];

  constructor(target: EncryptionKey, previous: readonly EncryptionKey[]) {
    const keys = [target, ...previous];
    const versions = keys.map((key) => key.version);
    const twice = versions.find((version, index) => versions.indexOf(version) !== index);
    if (twice !== undefined) {
      throw new RekeyError("KEY.DUPLICATE", `two keys of the keyring have the version "${twice}"`);
    }
    this.target = target;
    this.#order = [...keys.filter((key) => key.authenticates), ...keys.filter((key) => !key.authenticates)];
  }

  get previousVersions(): readonly string[] {
    return this.#order.filter((key) => key !== this.target).map((key) => key.version);
  }

  /** Opens a batch; results follow the cells. Plaintexts belong to the caller, who wipes them. */
  async classify(cells: readonly SealedCell[], signal: AbortSignal): Promise<readonly Classified[]> {
    const results = cells.map((): Classified | undefined => undefined);
    const refusals: string[][] = cells.map(() => []);
    let open = cells.map((_, index) => index);
    for (const key of this.#order) {
      if (open.length === 0) break;
      const before = open.length;
      open = await this.#tryKey(key, cells, open, results, refusals, signal);
      if (open.length * 2 < before && key.authenticates) this.#prefer(key);
    }
    return results.map(
      (result, index) => result ?? { under: "unknown", reason: refusals[index]!.join("; ") },
    );
  }

  /** Seals a batch under the target key, as the columns take it. */
  async seal(cells: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]> {
    if (cells.length === 0) return [];
    const sealed = await this.target.encrypt(cells, signal);
    this.#checkCount(this.target, "encrypt", cells.length, sealed.length);
    return sealed.map((ciphertext, index) => {
      if (!(ciphertext instanceof Uint8Array) || ciphertext.length === 0) {
        throw new RekeyError(
          "KEY.CONTRACT",
          `encrypt of key ${this.target.version} returned an empty result`,
        );
      }
      return forColumn(this.target, cells[index]!.form, ciphertext);
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
      const result: Opened = opened[position]!;
      if ("plaintext" in result) {
        results[index] = { under, version: key.version, plaintext: result.plaintext };
        return;
      }
      refusals[index]!.push(`${key.version}: ${result.refused}`);
      if (isConclusive(result.refused))
        results[index] = { under: "unknown", reason: refusals[index]!.join("; ") };
      else left.push(index);
    });
    return left;
  }

  #prefer(key: EncryptionKey): void {
    if (this.#order[0] === key) return;
    this.#order = [key, ...this.#order.filter((other) => other !== key)];
  }

  #checkCount(key: EncryptionKey, call: string, asked: number, got: number): void {
    if (asked === got) return;
    throw new RekeyError(
      "KEY.CONTRACT",
      `${call} of key ${key.version} returned ${got} results for ${asked} cells`,
    );
  }
}

function isConclusive(refusal: Refusal): boolean {
  return refusal === "corrupt";
}
