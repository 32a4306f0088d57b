import { type EncryptionKey, RekeyError } from "@cassandra-rekey/core";
import { DEFAULT_KEYRING, type TableSettings } from "../config/settings.ts";
import { keyringOf, tableKeyring } from "./column-keyring.ts";
import { keyLabel } from "./key-label.ts";
import { Keyring } from "./keyring.ts";

/** The opened keys of one keyring. */
export interface KeyringKeys {
  readonly target: EncryptionKey;
  readonly previous: readonly EncryptionKey[];
}

/** A key, and how people tell it from others: by its version, and by its keyring unless that is the default one. */
export interface LabelledKey {
  readonly key: EncryptionKey;
  readonly label: string;
}

/** The keyrings of a job: the default one, and those that tables or columns name. Each knows the formats of all. */
export class Keyrings {
  readonly #byName: ReadonlyMap<string, Keyring>;
  /** All keys of all keyrings, each keyring's target first. Their order never changes. */
  readonly keys: readonly LabelledKey[];

  constructor(main: KeyringKeys, named: ReadonlyMap<string, KeyringKeys> = new Map()) {
    const all = [[DEFAULT_KEYRING, main] as const, ...named];
    this.keys = all.flatMap(([name, { target, previous }]) =>
      [target, ...previous].map((key) => ({ key, label: keyLabel(key.version, name) })),
    );
    this.#byName = new Map(
      all.map(([name, { target, previous }]) => {
        const others = all.filter(([other]) => other !== name).map(([, keys]) => keys);
        const strangers = others.flatMap((keys) => [keys.target, ...keys.previous]);
        return [name, new Keyring(target, previous, strangers)];
      }),
    );
  }

  of(name: string): Keyring {
    const keyring = this.#byName.get(name);
    if (keyring) return keyring;
    throw new RekeyError("INTERNAL.INVARIANT", `there is no keyring ${name}`);
  }

  /** The keyrings of those columns of a table that have another one than the table. */
  ofColumns({ encryptedColumns, ...table }: TableSettings): ReadonlyMap<string, Keyring> {
    const own = tableKeyring(table);
    const others = encryptedColumns.filter((column) => keyringOf(table, column) !== own);
    return new Map(others.map((column) => [column, this.of(keyringOf(table, column))]));
  }

  /** The targets of all keyrings. */
  get targets(): readonly LabelledKey[] {
    return [...this.#byName].map(([name, { target }]) => {
      return { key: target, label: keyLabel(target.version, name) };
    });
  }
}
