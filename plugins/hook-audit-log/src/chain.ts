import { createHash, createHmac } from "node:crypto";

/** The last entry of a log, which the next one names. */
export interface Head {
  /** The number of the entry; 0 for an empty log. */
  readonly seq: number;
  readonly hash: string;
}

/** What the first entry follows. */
export const GENESIS: Head = { seq: 0, hash: "0".repeat(64) };

/** Bytes of an entry that was not written to its end; the entry after it answers for them. */
export interface Torn {
  readonly bytes: number;
  readonly hash: string;
}

/** One entry as it stands in the log, without its hash. */
export interface Entry {
  readonly seq: number;
  /** When it happened, ISO 8601. */
  readonly at: string;
  /** The process that wrote it: `user@host:pid`. */
  readonly by: string;
  /** The hash of the entry before. */
  readonly prev: string;
  readonly event: { readonly type: string };
  /** Events that could not be written before this one. */
  readonly missed?: number;
  readonly torn?: Torn;
}

const HASH_AT_END = /,"hash":"([0-9a-f]{64})"\}$/;

/** The hash of a text; with a key nobody who lacks it can make another chain that fits. */
export function hashOf(text: string | Uint8Array, key: Uint8Array | undefined): string {
  return (key ? createHmac("sha256", key) : createHash("sha256")).update(text).digest("hex");
}

/** An entry as a line, without the line break, and its hash: that of the line's text before the hash was put in. */
export function sealEntry(entry: Entry, key: Uint8Array | undefined): { line: string; head: Head } {
  const text = JSON.stringify(entry, (_, value) => (typeof value === "bigint" ? value.toString() : value));
  const hash = hashOf(text, key);
  return { line: `${text.slice(0, -1)},"hash":"${hash}"}`, head: { seq: entry.seq, hash } };
}

/** What a line says. `fits`: its hash is that of its text. `undefined` when it is no entry at all. */
export function openEntry(
  line: string,
  key: Uint8Array | undefined,
): { entry: Entry; hash: string; fits: boolean } | undefined {
  const [end, hash] = HASH_AT_END.exec(line) ?? [];
  if (end === undefined || hash === undefined) return undefined;
  const text = `${line.slice(0, -end.length)}}`;
  try {
    const entry: unknown = JSON.parse(text);
    if (!isEntry(entry)) return undefined;
    return { entry, hash, fits: hashOf(text, key) === hash };
  } catch {
    return undefined;
  }
}

/** A log that somebody changed may hold anything. */
function isEntry(value: unknown): value is Entry {
  const { seq, by, prev, event } = (value ?? {}) as Partial<Entry>;
  return (
    Number.isSafeInteger(seq) &&
    typeof by === "string" &&
    typeof prev === "string" &&
    typeof event?.type === "string"
  );
}
