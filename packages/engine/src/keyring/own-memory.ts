/**
 * `bytes`, or a copy where they lie in the memory of `other`. Plaintexts are wiped after their page; a key that
 * returns what it was given (one for plain cells does) would take the value to be written with them.
 */
export function apartFrom(bytes: Uint8Array, other: Uint8Array): Uint8Array {
  return sharesMemory(bytes, other) ? Uint8Array.from(bytes) : bytes;
}

/** Whether a change of the one would change the other. */
export function sharesMemory(a: Uint8Array, b: Uint8Array): boolean {
  return (
    a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.length && b.byteOffset < a.byteOffset + a.length
  );
}
