/**
 * What tells whether another process has the same key under a version label: a public text, sealed by the key. Who has
 * the key opens it; nobody learns the key from it.
 */
export interface KeyCheck {
  /** The keyring's name in the configuration; `keys` for the default one. */
  readonly keyring: string;
  /** {@link EncryptionKey.version} */
  readonly version: string;
  /** In base64. */
  readonly sealed: string;
  /** The host whose key sealed it, for people. */
  readonly host: string;
}
