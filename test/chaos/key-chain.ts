import type { EncryptionKey } from "@cassandra-rekey/core";
import { newFernetKey, open, openFernetKey, seal } from "../fixture-table.ts";

/** A key as the application and a configuration name it. */
interface NamedKey {
  readonly version: string;
  readonly text: string;
  readonly key: EncryptionKey;
}

/** All keys that there were, oldest first. The newest is the one that cells are rewritten to. */
export class KeyChain {
  readonly #keys: NamedKey[] = [];

  constructor() {
    this.add();
  }

  /** A new key becomes the newest. */
  add(): void {
    const version = `v${this.#keys.length + 1}`;
    const text = newFernetKey();
    this.#keys.push({ version, text, key: openFernetKey(text, version) });
  }

  get newest(): string {
    return this.#keys.at(-1)!.version;
  }

  /** The text of a key. */
  text(version: string): string {
    return this.#keys.find((key) => key.version === version)!.text;
  }

  /** A token under the newest key, or under the one before it where there is one. */
  async seal(text: string, which: "newest" | "previous"): Promise<Buffer> {
    const { key } = (which === "previous" && this.#keys.at(-2)) || this.#keys.at(-1)!;
    return (await seal(key, [text]))[0]!;
  }

  /** The text of a token and the version of the key that opens it; `undefined` when none does. */
  async open(token: Buffer): Promise<{ readonly text: string; readonly version: string } | undefined> {
    for (const { key, version } of this.#keys.toReversed()) {
      const text = await open(key, token);
      if (text !== undefined) return { text, version };
    }
    return undefined;
  }

  /** `keys:` of a configuration that rewrites everything to the newest. */
  get configuration(): object {
    const [target, ...previous] = this.#keys
      .toReversed()
      .map(({ version }) => ({ provider: "fernet", version, key: { env: environmentName(version) } }));
    return { target, previous };
  }

  /** What that configuration needs in its environment. */
  get environment(): Record<string, string> {
    return Object.fromEntries(this.#keys.map(({ version, text }) => [environmentName(version), text]));
  }
}

function environmentName(version: string): string {
  return `CHAOS_KEY_${version.toUpperCase()}`;
}
