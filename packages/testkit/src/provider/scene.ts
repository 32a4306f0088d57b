import assert from "node:assert/strict";
import type { CellContext, CellForm, EncryptionKey, Opened, Refusal } from "@cassandra-rekey/core";
import type { ProviderConformance } from "./conformance.ts";

/** A signal that never aborts. */
export const NEVER: AbortSignal = new AbortController().signal;

/** One promise of the contract, by a name that says what is promised. */
export type ProviderCase = readonly [name: string, check: (scene: Scene) => Promise<void>];

/** What a key made of one cell: the plaintext as hexadecimal text, or the refusal. */
export type Outcome = { readonly plaintext: string } | { readonly refused: Refusal };

const CONTEXT: CellContext = {
  keyspace: "shop",
  table: "customer",
  column: "email",
  primaryKey: [Buffer.from("tenant 7"), Buffer.of(0, 0, 0, 42)],
};

const REFUSALS: readonly Refusal[] = ["not-this-format", "not-authentic", "corrupt"];

/** Where cells stand and how their columns hold them. */
export interface Place {
  readonly form?: CellForm;
  readonly context?: Partial<CellContext>;
}

/** The keys of one test. Every call checks that results match their batch in number and kind. */
export class Scene implements AsyncDisposable {
  readonly key: EncryptionKey;
  readonly other: EncryptionKey;
  readonly conformance: ProviderConformance;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    key: EncryptionKey,
    other: EncryptionKey,
    conformance: ProviderConformance,
    stack: AsyncDisposableStack,
  ) {
    this.key = key;
    this.other = other;
    this.conformance = conformance;
    this.#stack = stack;
  }

  static async open(conformance: ProviderConformance): Promise<Scene> {
    await using stack = new AsyncDisposableStack();
    const key = stack.use(await conformance.open());
    const other = stack.use(await conformance.openOther());
    return new Scene(key, other, conformance, stack.move());
  }

  /** The same key, opened once more. */
  async again(): Promise<EncryptionKey> {
    return this.#stack.use(await this.conformance.open());
  }

  async seal(
    plaintexts: readonly Uint8Array[],
    { form = "binary", context }: Place = {},
    key = this.key,
  ): Promise<readonly Uint8Array[]> {
    const where = { ...CONTEXT, ...context };
    const sealed = await key.encrypt(
      plaintexts.map((plaintext) => ({ plaintext, form, context: where })),
      NEVER,
    );
    assert.equal(sealed.length, plaintexts.length, "encrypt returns one result for each cell");
    sealed.forEach((ciphertext, index) => {
      assert.ok(ciphertext instanceof Uint8Array, "a ciphertext is a Uint8Array");
      if (key.writes !== "verbatim" || plaintexts[index]!.length > 0)
        assert.ok(ciphertext.length > 0, "a ciphertext is never empty");
    });
    return sealed;
  }

  async open(
    ciphertexts: readonly Uint8Array[],
    { form = "binary", context }: Place = {},
    key = this.key,
  ): Promise<readonly Outcome[]> {
    const where = { ...CONTEXT, ...context };
    const opened = await key.decrypt(
      ciphertexts.map((ciphertext) => ({ ciphertext, form, context: where })),
      NEVER,
    );
    assert.equal(opened.length, ciphertexts.length, "decrypt returns one result for each cell");
    return opened.map(outcomeOf);
  }

  /** The plaintexts themselves, as the key gives them out. */
  async give(ciphertexts: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    const cells = ciphertexts.map((ciphertext) => ({
      ciphertext,
      form: "binary" as const,
      context: CONTEXT,
    }));
    return (await this.key.decrypt(cells, NEVER)).map((opened) => {
      assert.ok("plaintext" in opened, "a key opens what it sealed");
      return opened.plaintext;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function outcomeOf(opened: Opened): Outcome {
  assert.ok(opened, "every cell has a result");
  if ("refused" in opened) {
    assert.ok(REFUSALS.includes(opened.refused), "a refusal is one of the contract's");
    return { refused: opened.refused };
  }
  assert.ok(opened.plaintext instanceof Uint8Array, "a plaintext is a Uint8Array");
  return outcome(opened.plaintext);
}

/** The outcome of a cell that opened to this plaintext. */
export function outcome(plaintext: Uint8Array): Outcome {
  return { plaintext: Buffer.from(plaintext).toString("hex") };
}

/** `length` bytes that are told apart from others by `seed`, without any randomness. */
export function bytes(length: number, seed = 1): Uint8Array {
  const result = new Uint8Array(length);
  let state = seed * 2_654_435_761 + 1;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    result[index] = state >>> 24;
  }
  return result;
}

/** The UTF-8 bytes of a text, in memory of their own. */
export function text(value: string): Uint8Array {
  return Uint8Array.from(Buffer.from(value));
}

/** Compares outcomes position by position, and says at which one they differ. */
export function sameOutcomes(actual: readonly Outcome[], expected: readonly Outcome[], why: string): void {
  actual.forEach((found, index) => {
    assert.deepEqual(found, expected[index], `${why} (cell ${index} of ${expected.length})`);
  });
}
