import { RekeyError } from "@cassandra-rekey/core";

/** How long keys are used and how hard the key service is worked. */
export interface EnvelopeLimits {
  /**
   * Cells that one data key encrypts. It is the blast radius of a data key, and keeps random nonces apart: 2^16 nonces
   * of 96 bits repeat with a probability of 2^-65 (birthday bound), where NIST SP 800-38D allows 2^-32.
   */
  readonly cells: number;
  /**
   * Plaintext bytes that one data key encrypts. 1 GiB is 2^26 blocks: an attacker's advantage, at most
   * blocks^2 / 2^128, stays below 2^-75. A longer cell has a data key to itself.
   */
  readonly bytes: number;
  /** Milliseconds for which a data key encrypts: this long after a key is disabled, nothing new is written under it. */
  readonly ageMs: number;
  /** Unwrapped data keys that are kept for decryption, the least recently used dropped first. */
  readonly openKeys: number;
  /** Milliseconds for which an unwrapped data key is kept: this long after a key is disabled, its cells still open. */
  readonly openAgeMs: number;
  /** Calls to the key service under way at once. */
  readonly parallelCalls: number;
  /** Milliseconds after which a call to the key service counts as unanswered. */
  readonly callTimeoutMs: number;
}

/** The limits where a configuration sets none. */
export const DEFAULT_LIMITS: EnvelopeLimits = {
  cells: 65_536,
  bytes: 2 ** 30,
  ageMs: 300_000,
  openKeys: 4096,
  openAgeMs: 300_000,
  parallelCalls: 16,
  callTimeoutMs: 10_000,
};

/** NIST SP 800-38D, section 8.3: the most invocations of GCM with random nonces under one key. */
const MOST_CELLS = 2 ** 32;

/** Fills in the defaults. Throws `CONFIG.INVALID`, which lists all that is out of bounds. */
export function completeLimits(limits: Partial<EnvelopeLimits> = {}): EnvelopeLimits {
  const complete = { ...DEFAULT_LIMITS, ...limits };
  const problems = (Object.keys(DEFAULT_LIMITS) as (keyof EnvelopeLimits)[])
    .filter((name) => {
      const most = name === "cells" ? MOST_CELLS : Number.MAX_SAFE_INTEGER;
      return !Number.isSafeInteger(complete[name]) || complete[name] < 1 || complete[name] > most;
    })
    .map((name) => `${name} is ${complete[name]}, which is out of bounds`);
  if (problems.length > 0)
    throw new RekeyError("CONFIG.INVALID", `limits of an envelope key: ${problems.join("; ")}`, { problems });
  return complete;
}
