import { open } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { RekeyError, type SecretRef, VARIABLE_NAME } from "@cassandra-rekey/core";
import { reasonOf } from "./config-file.ts";
import { looksSecret } from "./secret-text.ts";

/** Largest secret file that is read. */
export const MAX_SECRET_BYTES = 64 * 1024;

const NOT_SHOWN = "its name is not shown, because it looks like a key itself";
const WRONG_WAY_ROUND: { readonly hint: string } = {
  hint: "Put the name of the variable or file into the configuration, and the secret into the variable or file.",
};

const OTHERS_READ = 0o004;
const LINE_BREAKS = new Set([0x0a, 0x0d]);

/** A secret file's bytes (at most `maxBytes + 1` of them) and its permission bits. */
export type ReadSecretFile = (
  path: string,
  maxBytes: number,
) => Promise<{ readonly bytes: Uint8Array; readonly mode: number }>;

/** Where secrets come from. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative file names start: the configuration's folder. Default: the working directory. */
  readonly directory?: string;
  readonly readFile?: ReadSecretFile;
  /** Told once about each file that every user of the host may read. */
  readonly warn?: (message: string) => void;
}

/** Resolves a reference to the secret's bytes. */
export type SecretReader = (ref: SecretRef) => Promise<Uint8Array>;

/**
 * Makes a {@link SecretReader}. Trailing line breaks are dropped; what is empty then counts as missing.
 * Rejects with `CONFIG.SECRET_MISSING`, which names the variable or file and never its content.
 */
export function secretReader(sources: SecretSources): SecretReader {
  const warned = new Set<string>();
  const readFile = sources.readFile ?? readSecretFile;
  return async (ref) => {
    if ("env" in ref) return fromVariable(ref.env, sources.env);
    const path = isAbsolute(ref.file) ? ref.file : join(sources.directory ?? "", ref.file);
    const { bytes, mode } = await readOrExplain(path, ref.file, readFile);
    if (bytes.length > MAX_SECRET_BYTES) {
      throw missing(`The secret file ${path} is larger than 64 KiB`, {
        hint: "Check the file name: a key file holds one key and nothing else.",
      });
    }
    if ((mode & OTHERS_READ) !== 0 && !warned.has(path)) {
      warned.add(path);
      sources.warn?.(
        `The secret file ${path} may be read by every user of this host; chmod 600 prevents that`,
      );
    }
    return notEmpty(trimmed(bytes), `The secret file ${path} is empty`);
  };
}

function fromVariable(name: string, env: SecretSources["env"]): Uint8Array {
  // Someone may have put the key itself where its variable's name belongs.
  if (!VARIABLE_NAME.test(name)) {
    throw missing("A secret's env is not the name of an environment variable", WRONG_WAY_ROUND);
  }
  const value = env[name];
  if (value === undefined && looksSecret(name)) {
    throw missing(`The environment variable is not set; ${NOT_SHOWN}`, WRONG_WAY_ROUND);
  }
  if (value === undefined) throw missing(`The environment variable ${name} is not set`);
  return notEmpty(trimmed(Buffer.from(value, "utf8")), `The environment variable ${name} is empty`);
}

async function readOrExplain(path: string, spelling: string, readFile: ReadSecretFile) {
  try {
    return await readFile(path, MAX_SECRET_BYTES);
  } catch (cause) {
    // The cause has the path in it, so it is left out too.
    if (looksSecret(spelling)) {
      throw missing(`The secret file ${reasonOf(cause)}; ${NOT_SHOWN}`, WRONG_WAY_ROUND);
    }
    throw missing(`The secret file ${path} ${reasonOf(cause)}`, { cause });
  }
}

function trimmed(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && LINE_BREAKS.has(bytes[end - 1]!)) end -= 1;
  return bytes.subarray(0, end);
}

function notEmpty(bytes: Uint8Array, message: string): Uint8Array {
  if (bytes.length === 0) throw missing(message);
  return bytes;
}

function missing(
  message: string,
  details: { readonly hint?: string; readonly cause?: unknown } = {},
): RekeyError {
  return new RekeyError("CONFIG.SECRET_MISSING", message, details);
}

const readSecretFile: ReadSecretFile = async (path, maxBytes) => {
  await using handle = await open(path, "r");
  const { mode } = await handle.stat();
  const chunks: Buffer[] = [];
  // `end` is inclusive: one byte more than allowed tells that there is more.
  for await (const chunk of handle.createReadStream({ end: maxBytes, autoClose: false })) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), mode };
};
