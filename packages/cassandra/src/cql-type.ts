import { RekeyError, type UserType } from "@cassandra-rekey/core";

/** A CQL type by its binary format. `"opaque"`: its bytes are never looked into. */
export type CqlType =
  | { readonly kind: "opaque"; readonly name: string }
  | { readonly kind: "list"; readonly of: CqlType; readonly isFrozen: boolean }
  | { readonly kind: "set"; readonly of: CqlType; readonly isFrozen: boolean }
  | { readonly kind: "map"; readonly key: CqlType; readonly of: CqlType; readonly isFrozen: boolean }
  | { readonly kind: "fields"; readonly fields: readonly CqlField[]; readonly isFrozen: boolean };

/** A field of a UDT, or of a tuple, where it has no name. */
export interface CqlField {
  readonly name: string | undefined;
  readonly type: CqlType;
}

/** Types nest; a schema that nests deeper than this is not one that Cassandra made. */
const DEEPEST = 32;

/** Reads a type as `system_schema` spells it: `frozen<map<text, frozen<"Odd type">>>`. */
export function parseCqlType(text: string, types: readonly UserType[]): CqlType {
  return new TypeParser(text, types, 0).whole();
}

/** The user-defined types inside a type, each with its fields, one line each and sorted; for noticing changes. */
export function userTypesIn(text: string, types: readonly UserType[]): readonly string[] {
  const found = new Map<string, string>();
  const look = (type: string, depth: number) => {
    for (const name of type.match(/"(?:[^"]|"")*"|\w+/g) ?? []) {
      const known = types.find((candidate) => candidate.name === unquoted(name));
      if (!known || found.has(known.name) || depth > DEEPEST) continue;
      found.set(
        known.name,
        `type ${known.name} (${known.fields.map((f) => `${f.name} ${f.type}`).join(", ")})`,
      );
      for (const field of known.fields) look(field.type, depth + 1);
    }
  };
  look(text, 0);
  return [...found.values()].sort();
}

class TypeParser {
  readonly #text: string;
  readonly #types: readonly UserType[];
  readonly #depth: number;
  #at = 0;

  constructor(text: string, types: readonly UserType[], depth: number) {
    this.#text = text;
    this.#types = types;
    this.#depth = depth;
  }

  whole(): CqlType {
    if (this.#depth > DEEPEST) throw this.#unreadable();
    const type = this.#type(false);
    if (this.#at < this.#text.length) throw this.#unreadable();
    return type;
  }

  #type(isFrozen: boolean): CqlType {
    const name = this.#name();
    if (!this.#takes("<")) return this.#named(name, isFrozen);
    const inner: CqlType[] = [];
    do inner.push(this.#type(isFrozen || name === "frozen"));
    while (this.#takes(","));
    if (!this.#takes(">")) throw this.#unreadable();
    const [first, second] = inner;
    // Of vectors, too; its length was read as if it were the name of a type.
    if (name === "vector" && second) return { kind: "opaque", name };
    if (name === "frozen") return first!;
    if (name === "list" || name === "set") return { kind: name, of: first!, isFrozen };
    if (name === "map" && second) return { kind: name, key: first!, of: second, isFrozen };
    if (name !== "tuple") throw this.#unreadable();
    return { kind: "fields", fields: inner.map((type) => ({ name: undefined, type })), isFrozen: true };
  }

  #named(name: string, isFrozen: boolean): CqlType {
    const userType = this.#types.find((candidate) => candidate.name === unquoted(name));
    if (!userType) return { kind: "opaque", name };
    const fields = userType.fields.map(
      (field): CqlField => ({
        name: field.name,
        // What is inside a frozen value is frozen, whether or not it says so.
        type: frozenIf(isFrozen, new TypeParser(field.type, this.#types, this.#depth + 1).whole()),
      }),
    );
    return { kind: "fields", fields, isFrozen };
  }

  #name(): string {
    const match = /^\s*("(?:[^"]|"")*"|'[^']*'|[\w.]+)\s*/.exec(this.#text.slice(this.#at));
    if (!match) throw this.#unreadable();
    this.#at += match[0].length;
    return match[1]!;
  }

  #takes(sign: string): boolean {
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    while (this.#text[this.#at] === " ") this.#at += 1;
    return true;
  }

  #unreadable(): RekeyError {
    return new RekeyError("SCHEMA.UNSUPPORTED", `the type ${this.#text} cannot be read`);
  }
}

function frozenIf(isFrozen: boolean, type: CqlType): CqlType {
  return isFrozen && type.kind !== "opaque" ? { ...type, isFrozen } : type;
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
