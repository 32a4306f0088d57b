const MASK = 2n ** 64n - 1n;
const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;

/**
 * A 16-byte partition key whose Murmur3 token is the one given: the hash of one block, undone step by step.
 * `other` picks one of the many keys that have it.
 */
export function keyOfToken(token: bigint, other = 0n): Buffer {
  let h1 = token & MASK;
  let h2 = (h1 + other) & MASK;
  h2 = (h2 - h1) & MASK;
  h1 = (h1 - h2) & MASK;
  h1 = unmix(h1);
  h2 = unmix(h2);
  h2 = (h2 - h1) & MASK;
  h1 = (h1 - h2) & MASK;
  h1 ^= 16n;
  h2 ^= 16n;
  const afterFirst = h1;
  h2 = ((h2 - 0x38495ab5n) * inverse(5n)) & MASK;
  h2 = rotateRight((h2 - afterFirst) & MASK, 31n);
  h1 = ((h1 - 0x52dce729n) * inverse(5n)) & MASK;
  h1 = rotateRight(h1, 27n);
  const k1 = (rotateRight((h1 * inverse(C2)) & MASK, 31n) * inverse(C1)) & MASK;
  const k2 = (rotateRight((h2 * inverse(C1)) & MASK, 33n) * inverse(C2)) & MASK;
  const key = Buffer.alloc(16);
  key.writeBigUInt64LE(k1, 0);
  key.writeBigUInt64LE(k2, 8);
  return key;
}

function unmix(hash: bigint): bigint {
  let value = hash;
  value ^= value >> 33n;
  value = (value * inverse(0xc4ceb9fe1a85ec53n)) & MASK;
  value ^= value >> 33n;
  value = (value * inverse(0xff51afd7ed558ccdn)) & MASK;
  return value ^ (value >> 33n);
}

function rotateRight(value: bigint, bits: bigint): bigint {
  return ((value >> bits) | (value << (64n - bits))) & MASK;
}

/** Of an odd number, modulo 2^64; each step of Newton's method doubles the right bits. */
function inverse(odd: bigint): bigint {
  let found = odd;
  for (let bits = 3; bits < 64; bits *= 2) found = (found * (2n - odd * found)) & MASK;
  return found;
}
