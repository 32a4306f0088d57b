import { open } from "node:fs/promises";
import { RekeyError } from "@cassandra-rekey/core";

/** Largest configuration file that is read. */
export const MAX_CONFIG_BYTES = 1024 * 1024;

/** Reads a file's bytes, at most `maxBytes + 1`: one more than allowed tells that there is more. */
export type ReadBytes = (path: string, maxBytes: number) => Promise<Uint8Array>;

/** The file system's {@link ReadBytes}; pipes work too. */
export const readBytes: ReadBytes = async (path, maxBytes) => {
  await using handle = await open(path, "r");
  const chunks: Buffer[] = [];
  // `end` is inclusive, so this reads one byte more than is allowed.
  for await (const chunk of handle.createReadStream({ end: maxBytes, autoClose: false })) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** The text of a configuration file, or `CONFIG.UNREADABLE` with the reason. */
export async function readConfigText(path: string, read: ReadBytes = readBytes): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await read(path, MAX_CONFIG_BYTES);
  } catch (cause) {
    throw new RekeyError("CONFIG.UNREADABLE", `The configuration file ${path} ${reasonOf(cause)}`, { cause });
  }
  if (bytes.length > MAX_CONFIG_BYTES) {
    throw new RekeyError("CONFIG.UNREADABLE", `The configuration file ${path} is larger than 1 MiB`, {
      hint: "Check that --config names the configuration and not some other file.",
    });
  }
  return decode(bytes, path);
}

/** Why a file could not be read, to follow its name. */
export function reasonOf(cause: unknown): string {
  const code = (cause as { code?: unknown } | undefined)?.code;
  if (code === "ENOENT" || code === "ENOTDIR") return "does not exist";
  if (code === "EISDIR") return "is a directory";
  if (code === "EACCES" || code === "EPERM") return "may not be read by this user";
  return `cannot be read (${typeof code === "string" ? code : "unknown error"})`;
}

function decode(bytes: Uint8Array, path: string): string {
  const refuse = (cause?: unknown) =>
    new RekeyError("CONFIG.UNREADABLE", `The configuration file ${path} is not UTF-8 text`, {
      cause,
      hint: "Check that --config names a YAML file, saved as UTF-8.",
    });
  if (bytes.includes(0)) throw refuse();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refuse(cause);
  }
}
