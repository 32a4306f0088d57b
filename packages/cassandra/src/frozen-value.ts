import { type LeafTree, RekeyError } from "@cassandra-rekey/core";

type Leaf = Extract<LeafTree, { readonly kind: "leaf" }>;

/** One leaf of one value. Leaves that are null, or whose container is shorter than its type, are none. */
export interface FrozenLeaf {
  readonly leaf: Leaf;
  /** A view of the value's bytes. */
  readonly bytes: Uint8Array;
}

/** The leaves of a frozen value in the order in which it holds them. Throws `SCHEMA.UNSUPPORTED` when it cannot be read. */
export function readLeaves(tree: LeafTree, value: Uint8Array): readonly FrozenLeaf[] {
  const found: FrozenLeaf[] = [];
  rewrite(tree, value, (leaf, bytes) => {
    found.push({ leaf, bytes });
    return bytes;
  });
  return found;
}

/**
 * The value with its leaves replaced, in the order of {@link readLeaves}; `undefined` keeps a leaf. All else stays byte
 * for byte: lengths of other parts, nulls, map keys, and whatever follows the fields that are known.
 */
export function replaceLeaves(
  tree: LeafTree,
  value: Uint8Array,
  fresh: readonly (Uint8Array | undefined)[],
): Uint8Array {
  let next = 0;
  return rewrite(tree, value, (_, bytes) => {
    const replaced = fresh[next];
    next += 1;
    return replaced ?? bytes;
  });
}

/** The items of a list or set; `null` for those that are. */
export function readItems(list: Uint8Array): readonly (Uint8Array | null)[] {
  const reader = new Reader(list);
  const items: (Uint8Array | null)[] = [];
  for (let left = reader.int(); left > 0; left -= 1) {
    const item = reader.part();
    items.push(typeof item === "number" ? null : item);
  }
  return items;
}

/** A list of these items, or a set where they are in its order. */
export function collectionOf(items: readonly Uint8Array[]): Buffer {
  return Buffer.concat([int(items.length), ...items.flatMap((item) => [int(item.length), item])]);
}

/** Keys and values of a map in the order of its bytes; what is null is left out. */
export function readEntries(
  map: Uint8Array,
): readonly { readonly key: Uint8Array; readonly value: Uint8Array }[] {
  if (map.length === 0) return [];
  const reader = new Reader(map);
  const entries: { key: Uint8Array; value: Uint8Array }[] = [];
  for (let left = reader.int(); left > 0; left -= 1) {
    const key = reader.part();
    const value = reader.part();
    if (typeof key !== "number" && typeof value !== "number") entries.push({ key, value });
  }
  return entries;
}

/** A part's bytes, or the negative length that stands for null. */
type Part = Uint8Array | number;
type Replace = (leaf: Leaf, bytes: Uint8Array) => Uint8Array;

function rewrite(tree: LeafTree, value: Uint8Array, replace: Replace): Uint8Array {
  if (tree.kind === "leaf") return replace(tree, value);
  // An empty value is what a container of the thinnest kind looks like: nothing is in it.
  if (value.length === 0) return value;
  const reader = new Reader(value);
  const parts: Uint8Array[] = [];
  if (tree.kind === "fields") {
    for (const field of tree.of) {
      if (reader.isAtEnd) break;
      parts.push(...part(reader.part(), field && ((bytes) => rewrite(field, bytes, replace))));
    }
    parts.push(reader.rest());
    return Buffer.concat(parts);
  }
  const count = reader.int();
  const elements: Uint8Array[] = [];
  for (let index = 0; index < count; index += 1) {
    const key = tree.kind === "map" ? part(reader.part(), undefined) : [];
    elements.push(
      Buffer.concat([...key, ...part(reader.part(), (bytes) => rewrite(tree.of, bytes, replace))]),
    );
  }
  if (tree.kind === "set") sortSet(elements);
  return Buffer.concat([value.subarray(0, 4), ...elements, reader.rest()]);
}

function part(bytes: Part, change: ((bytes: Uint8Array) => Uint8Array) | undefined): Uint8Array[] {
  if (typeof bytes === "number") return [int(bytes)];
  const changed = change ? change(bytes) : bytes;
  return [int(changed.length), changed];
}

/** As the server compares text and blobs: unsigned, byte by byte, without the length in front. */
function sortSet(elements: Uint8Array[]): void {
  elements.sort((a, b) => Buffer.compare(a.subarray(4), b.subarray(4)));
  const twice = elements.some(
    (element, index) => index > 0 && Buffer.compare(element, elements[index - 1]!) === 0,
  );
  if (twice) throw unreadable("two elements of a set became the same ciphertext");
}

/** The bytes of a CQL `int`. */
export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  int(): number {
    if (this.#at + 4 > this.#bytes.length) throw unreadable("it ends inside a length");
    this.#at += 4;
    return this.#view.getInt32(this.#at - 4);
  }

  part(): Part {
    const length = this.int();
    if (length < 0) return length;
    if (this.#at + length > this.#bytes.length) throw unreadable("it ends inside a part");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}

function unreadable(what: string): RekeyError {
  return new RekeyError("SCHEMA.UNSUPPORTED", `the value is not laid out as its type says: ${what}`);
}
