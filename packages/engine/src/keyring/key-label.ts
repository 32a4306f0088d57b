import { DEFAULT_KEYRING } from "../config/settings.ts";

/** How people tell a key: by its version, and by its keyring unless that is the default one. */
export function keyLabel(version: string, keyring: string): string {
  return keyring === DEFAULT_KEYRING ? version : `${version} of keyring ${keyring}`;
}
