import { type CellContext, RekeyError } from "@cassandra-rekey/core";
import { lengthPrefixed } from "./length-prefixed.ts";

type Placeholder = "keyspace" | "table" | "column" | "primary_key";
type Segment = { readonly text: string } | { readonly placeholder: Placeholder };

const PLACEHOLDERS: readonly string[] = ["keyspace", "table", "column", "primary_key"];

/**
 * What cells are bound to: a text with `{keyspace}`, `{table}`, `{column}` and `{primary_key}` in it, such as
 * `{keyspace}.{table}.{column}`.
 */
export class BindingTemplate {
  readonly text: string;
  /** The parts of its context that a cell is bound to. */
  readonly binds: readonly (keyof CellContext)[];
  readonly #segments: readonly Segment[];

  /** Throws `CONFIG.INVALID` for a placeholder that there is not. */
  constructor(text: string) {
    this.text = text;
    this.#segments = parse(text);
    this.binds = (["keyspace", "table", "column", "primaryKey"] as const).filter((part) =>
      this.#segments.some((segment) => "placeholder" in segment && contextPart(segment.placeholder) === part),
    );
  }

  /** Whether all cells of a column are bound to the same. */
  get isSamePerColumn(): boolean {
    return !this.binds.includes("primaryKey");
  }

  /**
   * The associated data of a cell: each segment, in order, as its length (4 bytes, big-endian) and its bytes, so that
   * no two cells share it. A primary key is one segment: each key column's length and raw CQL bytes.
   */
  associatedData(context: CellContext): Buffer {
    return lengthPrefixed(this.#segments.map((segment) => segmentBytes(segment, context)));
  }

  /** The text with its placeholders filled in, for key services that bind to text. Needs {@link isSamePerColumn}. */
  resolve(context: CellContext): string {
    return this.#segments
      .map((segment) => {
        if ("text" in segment) return segment.text;
        const part = contextPart(segment.placeholder);
        if (part !== "primaryKey") return context[part];
        throw new RekeyError("INTERNAL.INVARIANT", "a primary key is not text");
      })
      .join("");
  }
}

function parse(text: string): readonly Segment[] {
  const segments: Segment[] = [];
  for (const [index, piece] of text.split(/\{([^{}]*)\}/).entries()) {
    if (index % 2 === 0) {
      if (/[{}]/.test(piece)) throw malformed(text, "has a brace that is not part of a placeholder");
      if (piece !== "") segments.push({ text: piece });
    } else if (PLACEHOLDERS.includes(piece)) segments.push({ placeholder: piece as Placeholder });
    else throw malformed(text, `has the unknown placeholder {${piece}}`);
  }
  return segments;
}

function malformed(text: string, what: string): RekeyError {
  return new RekeyError("CONFIG.INVALID", `the template "${text}" ${what}`, {
    hint: `Placeholders are ${PLACEHOLDERS.map((name) => `{${name}}`).join(", ")}.`,
  });
}

function contextPart(placeholder: Placeholder): keyof CellContext {
  return placeholder === "primary_key" ? "primaryKey" : placeholder;
}

function segmentBytes(segment: Segment, context: CellContext): Uint8Array {
  if ("text" in segment) return Buffer.from(segment.text);
  const part = contextPart(segment.placeholder);
  return part === "primaryKey" ? lengthPrefixed(context.primaryKey) : Buffer.from(context[part]);
}
