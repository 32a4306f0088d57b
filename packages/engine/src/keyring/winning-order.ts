import {
  type CellForm,
  type EncryptionKey,
  isRekeyError,
  type LeafTree,
  type TableShape,
} from "@cassandra-rekey/core";
import type { TableSettings } from "../config/settings.ts";
import { keyringOf } from "./column-keyring.ts";
import { keyLabel } from "./key-label.ts";
import type { Keyrings } from "./keyrings.ts";
import { forColumn } from "./text-form.ts";

const PROBE = "cassandra-rekey";
const CONTEXT = { keyspace: "probe", table: "probe", column: "probe", primaryKey: [] };
/** As many as tell what stays the same from one ciphertext to the next. */
const PROBES = 16;

/**
 * Why the target keys of a table's columns can make no ciphertext that wins at the same timestamp; `undefined` where
 * they can, as far as the keys alone tell. What every ciphertext of a key begins with decides before anything that is drawn.
 */
export async function whyNoneWins(
  keyrings: Keyrings,
  table: TableSettings,
  { columns }: Pick<TableShape, "columns">,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const { name, form, leaves } of columns) {
    const keyring = keyringOf(table, name);
    const { target, keys } = keyrings.of(keyring);
    const previous = keys.filter((key) => key !== target);
    for (const each of leaves ? formsOf(leaves) : [form]) {
      const why = await whyNot(target, previous, each, signal, (key) => keyLabel(key.version, keyring));
      if (why !== undefined) return why;
    }
  }
  return undefined;
}

async function whyNot(
  target: EncryptionKey,
  previous: readonly EncryptionKey[],
  form: CellForm,
  signal: AbortSignal,
  label: (key: EncryptionKey) => string,
): Promise<string | undefined> {
  const drawn = await probes(target, form, signal);
  const [first] = drawn;
  if (drawn.every((one) => one.equals(first!)))
    return `target key ${label(target)} makes the same ciphertext every time, so none can be drawn that wins at the same timestamp`;
  for (const key of previous) {
    // What was plaintext begins with anything.
    if (key.writes === "verbatim") continue;
    const old = await probes(key, form, signal).catch((error: unknown) => {
      // A previous key need not be able to seal any more.
      if (isRekeyError(error)) return undefined;
      throw error;
    });
    if (old && isSmaller(fixedPart(drawn), fixedPart(old)))
      return `every ciphertext of target key ${label(target)} is smaller than every one of previous key ${label(key)}, by what they begin with, so none can win at the same timestamp`;
  }
  return undefined;
}

async function probes(key: EncryptionKey, form: CellForm, signal: AbortSignal): Promise<readonly Buffer[]> {
  const cells = Array.from({ length: PROBES }, () => ({
    plaintext: Buffer.from(PROBE),
    form,
    context: CONTEXT,
  }));
  const sealed = await key.encrypt(cells, signal);
  return sealed.map((ciphertext) => Buffer.from(forColumn(key, form, ciphertext)));
}

/** What all of them begin with. */
function fixedPart(ciphertexts: readonly Buffer[]): Buffer {
  const [first, ...others] = ciphertexts;
  let length = 0;
  while (length < first!.length && others.every((other) => other[length] === first![length])) length += 1;
  return first!.subarray(0, length);
}

/** Whether whatever follows the one is smaller than whatever follows the other. */
function isSmaller(one: Buffer, other: Buffer): boolean {
  const length = Math.min(one.length, other.length);
  return Buffer.compare(one.subarray(0, length), other.subarray(0, length)) < 0;
}

function formsOf(tree: LeafTree): readonly CellForm[] {
  if (tree.kind === "leaf") return [tree.form];
  if (tree.kind === "fields") return tree.of.flatMap((field) => (field ? formsOf(field) : []));
  return formsOf(tree.of);
}
