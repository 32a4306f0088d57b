import type { ClearCell, Opened, SealedCell } from "./cell.ts";
import type { KeyUsage } from "./key-usage.ts";

/**
 * One key: opens and seals cells. Old and new are two keys, so any provider can be rotated to any other.
 *
 * Results match their batch by position and in number. A rejected promise says nothing about any cell of the
 * batch: the engine tries again, after {@link RekeyError.retryAfterMs} when the error carries it.
 * Calls may overlap, and a signal that aborts one of them takes nothing from the others. The bytes of a cell may be a
 * part of a larger memory. Disposing twice is harmless.
 */
export interface EncryptionKey extends AsyncDisposable {
  /** The key version label, unique in its keyring. */
  readonly version: string;
  /**
   * False for keys that open anything (plaintext, unauthenticated modes): they are tried last, and never on what another
   * key tells for its own. A cell that two of them would open is left alone.
   */
  readonly authenticates: boolean;
  /**
   * What the key writes. `"ascii"` goes into text columns as it is; `"verbatim"` as well, being whatever the plaintext
   * was (a key that does not encrypt, and the only one that may write nothing for an empty plaintext); `"binary"` is base64 there,
   * which the engine takes care of.
   */
  readonly writes: "ascii" | "binary" | "verbatim";
  /**
   * Whether the ciphertext is this key's, told without decrypting, when the format tells. Who says `"mine"` is asked
   * first; `"foreign"` is never asked.
   */
  identify?(ciphertext: Uint8Array): "mine" | "foreign" | "unknown";
  decrypt(batch: readonly SealedCell[], signal: AbortSignal): Promise<readonly Opened[]>;
  encrypt(batch: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]>;
  /** What was asked of a key service so far, for keys that ask one; `doctor` and dry runs estimate costs from it. */
  usage?(): KeyUsage;
}
