/** Randomness, injected so that a simulation can own it. */
export interface Random {
  /** `length` bytes fit for cryptographic use. */
  bytes(length: number): Uint8Array;
  /** A version 4 UUID in lower case. */
  uuid(): string;
  /** A number in [0, 1) for jitter and offsets, never for secrets. */
  fraction(): number;
}
