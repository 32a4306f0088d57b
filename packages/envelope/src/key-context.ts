import { type CellContext, RekeyError } from "@cassandra-rekey/core";
import { BindingTemplate } from "./binding-template.ts";
import { lengthPrefixed } from "./length-prefixed.ts";
import type { KeyContextValues } from "./wrapper.ts";

/** Names and templates of what a key service binds wrapped keys to. */
export type KeyContextTemplates = Readonly<Record<string, string>>;

/**
 * One unambiguous byte string for a key context: names in the order of their UTF-8 bytes, each name and value as its
 * length (4 bytes, big-endian) and its bytes; nothing for an empty one. For services that bind to bytes.
 */
export function encodeKeyContext(context: KeyContextValues): Uint8Array {
  const pairs = Object.entries(context).map(
    ([name, value]) => [Buffer.from(name), Buffer.from(value)] as const,
  );
  pairs.sort(([a], [b]) => Buffer.compare(a, b));
  return lengthPrefixed(pairs.flat());
}

/** Key context templates, parsed. */
export class KeyContext {
  /** The templates, encoded as {@link encodeKeyContext} does. */
  readonly encoded: Uint8Array;
  readonly #templates: readonly (readonly [name: string, template: BindingTemplate])[];

  /** Throws `CONFIG.INVALID`, also for `{primary_key}`: it would cost a call to the key service for every row. */
  constructor(templates: KeyContextTemplates = {}) {
    this.encoded = encodeKeyContext(templates);
    this.#templates = Object.entries(templates).map(
      ([name, text]) => [name, new BindingTemplate(text)] as const,
    );
    for (const [name, template] of this.#templates) {
      if (template.isSamePerColumn) continue;
      throw new RekeyError("CONFIG.INVALID", `the key context "${name}" may not hold {primary_key}`, {
        hint: "Bind cells to their primary key by associated data, which costs no calls to the key service.",
      });
    }
  }

  resolve(context: CellContext): KeyContextValues {
    return Object.fromEntries(this.#templates.map(([name, template]) => [name, template.resolve(context)]));
  }
}
