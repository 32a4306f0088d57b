import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { LONGEST_ENTRY } from "./audit-file.ts";
import { type Entry, GENESIS, type Head, openEntry, type Torn } from "./chain.ts";

/** How an audit log is verified. */
export interface VerifyOptions {
  /** The key that the log was written with, if any. */
  readonly key?: Uint8Array | undefined;
  /** An entry that is known to have been there: what was cut off or made anew since is found. */
  readonly anchor?: Head | undefined;
}

/** What a verification found. */
export interface AuditReport {
  /** No problem was found. */
  readonly whole: boolean;
  readonly entries: number;
  /** The last entry: keep it somewhere else, and give it as the anchor next time. */
  readonly head: Head;
  /** One line each, with the line of the file; the first hundred. */
  readonly problems: readonly string[];
  /** What is no problem but good to know; one line each. */
  readonly notes: readonly string[];
}

const MOST_PROBLEMS = 100;

/** Reads a whole log, line by line, and finds every entry that was changed, dropped or put elsewhere. */
export async function verifyAuditLog(path: string, options: VerifyOptions = {}): Promise<AuditReport> {
  const verifier = new Verifier(options);
  for await (const line of linesOf(path)) verifier.take(line);
  return verifier.report();
}

/** A line of the file; `whole` is false for what stands after the last line break. */
interface Line {
  readonly bytes: Buffer;
  readonly whole: boolean;
}

/** Lines that are no entries, until the entry after them answers for them or not. */
interface Pending {
  readonly line: number;
  readonly hash: Hash;
  bytes: number;
  whole: boolean;
}

class Verifier {
  readonly #options: VerifyOptions;
  readonly #problems: string[] = [];
  readonly #notes: string[] = [];
  /** Processes that are at the log by what it says. */
  readonly #open = new Set<string>();
  #head: Head = GENESIS;
  #entries = 0;
  #line = 0;
  #foundAnchor = false;
  #pending: Pending | undefined;

  constructor(options: VerifyOptions) {
    this.#options = options;
  }

  take({ bytes, whole }: Line): void {
    this.#line += 1;
    const opened = whole ? openEntry(bytes.toString("utf8"), this.#options.key) : undefined;
    if (!opened) {
      this.#keep(bytes, whole);
      return;
    }
    const { entry, hash, fits } = opened;
    this.#settleTorn(entry.torn);
    this.#entries += 1;
    if (!fits) this.#problem(`entry ${entry.seq} was changed: its hash does not fit what it says`);
    this.#place(entry);
    this.#note(entry);
    this.#head = { seq: entry.seq, hash };
    const { anchor } = this.#options;
    if (anchor?.seq === entry.seq && anchor.hash === hash) this.#foundAnchor = true;
  }

  report(): AuditReport {
    const torn = this.#pending;
    this.#pending = undefined;
    if (torn?.whole) this.#problem("is no entry of this log", torn.line);
    else if (torn)
      this.#notes.push(
        `the file ends in the middle of an entry (${torn.bytes} bytes): its process died, or it was cut off`,
      );
    if (this.#entries === 0) this.#problems.push("there is no entry in the file");
    const { anchor } = this.#options;
    if (anchor && !this.#foundAnchor)
      this.#problems.push(
        `entry ${anchor.seq} with the anchor's hash is not there: the log was cut off before it, or made anew`,
      );
    if (this.#open.size > 0)
      this.#notes.push(
        `it ends without the end of a run: ${[...this.#open].join(", ")} is still at it, died, or the end was cut off`,
      );
    return {
      whole: this.#problems.length === 0,
      entries: this.#entries,
      head: this.#head,
      problems: this.#problems.slice(0, MOST_PROBLEMS),
      notes: this.#notes,
    };
  }

  #keep(bytes: Buffer, whole: boolean): void {
    const before = this.#pending;
    const pending = before ?? { line: this.#line, hash: createHash("sha256"), bytes: 0, whole };
    if (before) pending.hash.update("\n");
    pending.hash.update(bytes);
    pending.bytes += bytes.length + (before ? 1 : 0);
    pending.whole = whole;
    this.#pending = pending;
  }

  #place({ seq, prev }: Entry): void {
    const before = this.#head;
    if (before.seq === 0 && seq !== 1)
      this.#problem(`the log begins with entry ${seq}: what was before it is missing`);
    else if (seq > before.seq + 1)
      this.#problem(`entry ${seq} follows entry ${before.seq}: what was between them is missing`);
    else if (seq <= before.seq)
      this.#problem(`entry ${seq} follows entry ${before.seq}: it was put here from elsewhere`);
    else if (prev !== before.hash)
      this.#problem(`entry ${seq} does not continue entry ${before.seq}: one of them was made anew`);
  }

  #note({ event, by, missed }: Entry): void {
    if (event.type === "log.opened") this.#open.add(by);
    if (event.type === "log.closed") this.#open.delete(by);
    if (missed !== undefined)
      this.#notes.push(
        `line ${this.#line}: ${missed} events before it could not be written, as it says itself`,
      );
  }

  /** A line that is no entry is all right where the entry after it answers for it. */
  #settleTorn(torn: Torn | undefined): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (!pending) {
      if (torn) this.#problem("it answers for the rest of an entry that is not there any more");
    } else if (torn?.bytes !== pending.bytes || torn.hash !== pending.hash.digest("hex")) {
      this.#problem("is no entry of this log", pending.line);
    } else
      this.#notes.push(
        `line ${pending.line}: an entry that was not written to its end, as the next one says`,
      );
  }

  #problem(text: string, line = this.#line): void {
    this.#problems.push(`line ${line}: ${text}`);
  }
}

/** The lines of a file. One longer than any entry comes in parts, none of which is an entry. */
async function* linesOf(path: string): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      yield { bytes: rest.subarray(0, end), whole: true };
      rest = rest.subarray(end + 1);
    }
    if (rest.length <= LONGEST_ENTRY) continue;
    yield { bytes: rest, whole: true };
    rest = Buffer.alloc(0);
  }
  if (rest.length > 0) yield { bytes: rest, whole: false };
}
