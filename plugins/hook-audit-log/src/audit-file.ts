import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isRekeyError, RekeyError } from "@cassandra-rekey/core";
import type { AppendLock } from "./append-lock.ts";
import { type Entry, GENESIS, type Head, hashOf, openEntry, sealEntry, type Torn } from "./chain.ts";

/** No entry is longer: the end of the file that is read to find the last one, bytes. */
export const LONGEST_ENTRY = 1024 * 1024;

/** What an entry is made from; the rest follows from the chain. */
export type Draft = Pick<Entry, "at" | "by" | "event" | "missed">;

/** What a {@link AuditFile} works with. */
export interface AuditFileParts {
  readonly path: string;
  readonly key: Uint8Array | undefined;
  readonly lock: AppendLock;
}

/**
 * The file of an audit log, open for appending. Each entry is on the disk when {@link append} resolves. Several
 * processes of one host may append: each continues the chain from what the file holds. Calls must not overlap.
 */
export class AuditFile implements AsyncDisposable {
  readonly #parts: AuditFileParts;
  readonly #file: FileHandle;
  #head: Head | undefined;
  #size = 0;

  private constructor(parts: AuditFileParts, file: FileHandle) {
    this.#parts = parts;
    this.#file = file;
  }

  /** Makes the file for its owner alone, or opens one that is there. Throws `HOOK.AUDIT_LOG`. */
  static async open(parts: AuditFileParts): Promise<AuditFile> {
    return explained(parts.path, async () => {
      const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
      const file = await open(parts.path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
      try {
        const { mode, size } = await file.stat();
        if ((mode & 0o077) !== 0) await file.chmod(0o600);
        // A new file's name must outlive a crash as well.
        if (size === 0) await syncFolder(dirname(parts.path));
        return new AuditFile(parts, file);
      } catch (error) {
        await file.close();
        throw error;
      }
    });
  }

  /** The last entry that this process wrote or saw. */
  get head(): Head | undefined {
    return this.#head;
  }

  append(draft: Draft): Promise<Head> {
    return explained(this.#parts.path, () => this.#parts.lock.within(() => this.#append(draft)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.lock[Symbol.dispose]();
    await this.#file.close();
  }

  async #append(draft: Draft): Promise<Head> {
    const torn = await this.#catchUp();
    const { at, by, event, missed } = draft;
    const { seq, hash: prev } = this.#head ?? GENESIS;
    const entry: Entry = {
      seq: seq + 1,
      at,
      by,
      prev,
      event,
      ...(missed !== undefined && { missed }),
      ...(torn && { torn }),
    };
    const { line, head } = sealEntry(entry, this.#parts.key);
    const bytes = Buffer.from(`${torn ? "\n" : ""}${line}\n`);
    if (bytes.length > LONGEST_ENTRY)
      throw new RekeyError(
        "HOOK.AUDIT_LOG",
        `an entry of ${bytes.length} bytes is too long for ${this.#parts.path}`,
      );
    const before = this.#size;
    // Until all of it is on the disk, what the file ends with has to be looked at again.
    this.#size = -1;
    const { bytesWritten } = await this.#file.write(bytes);
    if (bytesWritten !== bytes.length)
      throw new RekeyError(
        "HOOK.AUDIT_LOG",
        `the audit log ${this.#parts.path} cannot be written: the disk is full`,
      );
    await this.#file.datasync();
    this.#size = before + bytes.length;
    this.#head = head;
    return head;
  }

  /** Reads what others appended, and tells what at the end is no whole entry. */
  async #catchUp(): Promise<Torn | undefined> {
    const { path } = this.#parts;
    const [{ size, ino, dev }, there] = [await this.#file.stat(), await stat(path).catch(() => undefined)];
    if (there?.ino !== ino || there.dev !== dev)
      throw new RekeyError("HOOK.AUDIT_LOG", `${path} was moved, removed or replaced while it was written`);
    if (size === this.#size) return undefined;
    if (this.#size > size) throw new RekeyError("HOOK.AUDIT_LOG", `${path} became shorter than it was`);
    const length = Math.min(size, 2 * LONGEST_ENTRY);
    const buffer = Buffer.alloc(length);
    await this.#file.read(buffer, 0, length, size - length);
    const { head, rest } = this.#endOf(buffer, length === size);
    this.#head = head;
    this.#size = size;
    return rest.length === 0 ? undefined : { bytes: rest.length, hash: hashOf(rest, undefined) };
  }

  /** The last entry, and what stands after it: the beginnings of entries that were not written to their end. */
  #endOf(buffer: Buffer, isWholeFile: boolean): { readonly head: Head; readonly rest: Buffer } {
    const { path, key } = this.#parts;
    for (
      let end = buffer.lastIndexOf(0x0a);
      end >= 0;
      end = end === 0 ? -1 : buffer.lastIndexOf(0x0a, end - 1)
    ) {
      const start = end === 0 ? -1 : buffer.lastIndexOf(0x0a, end - 1);
      const last = openEntry(buffer.toString("utf8", start + 1, end), key);
      if (!last) continue;
      if (!last.fits || last.entry.seq < (this.#head?.seq ?? 0)) break;
      return { head: { seq: last.entry.seq, hash: last.hash }, rest: buffer.subarray(end + 1) };
    }
    if (isWholeFile && !buffer.includes('"hash":')) return { head: GENESIS, rest: buffer };
    throw new RekeyError(
      "HOOK.AUDIT_LOG",
      `${path} does not end with an entry of its chain${key ? ", or was written with another key" : ""}`,
    );
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Errors of the system with what they mean here. */
async function explained<Result>(path: string, body: () => Promise<Result>): Promise<Result> {
  try {
    return await body();
  } catch (error) {
    if (isRekeyError(error)) throw error;
    const { code = "unknown error", message } = error as NodeJS.ErrnoException;
    const reason =
      {
        ENOSPC: "the disk is full",
        EDQUOT: "the disk quota is used up",
        EFBIG: "a file may not be as large",
        EROFS: "the file system is read-only",
        EACCES: "it may not be written",
        EPERM: "it may not be written",
        ENOENT: "its folder is not there",
        EISDIR: "it is a folder",
        ELOOP: "it is a symbolic link",
      }[code] ?? (code.startsWith("E") ? code : message);
    throw new RekeyError("HOOK.AUDIT_LOG", `the audit log ${path} cannot be written: ${reason}`, {
      cause: error,
    });
  }
}
