import { looksLikeReference, startsWithMagic } from "@cassandra-rekey/envelope";

/** A ciphertext format that is told by its beginning or its shape. */
interface KnownFormat {
  readonly name: string;
  /** Of bytes, whether they stand in the column as they are or in base64. */
  readonly bytes?: (bytes: Buffer) => boolean;
  /** Of text: armour and tokens. */
  readonly text?: (text: string) => boolean;
}

const FORMATS = [
  { name: "cassandra-rekey", bytes: startsWithMagic },
  {
    // A token that was cut off counts too. In bytes: version, a timestamp of this era, and whole blocks.
    name: "fernet",
    text: (text) => /^gAAAA[\w-]{15}/.test(text) && !/[^\w=-]/.test(text),
    bytes: (bytes) => begins(bytes, 0x80, 0, 0, 0) && bytes.length >= 73 && (bytes.length - 57) % 16 === 0,
  },
  {
    // Versions 1 (with its type byte) and 2, then the high byte of an algorithm suite.
    name: "aws-encryption-sdk",
    bytes: (bytes) =>
      (begins(bytes, 0x01, 0x80) && bytes[2]! <= 0x03) ||
      begins(bytes, 0x02, 0x04, 0x78) ||
      begins(bytes, 0x02, 0x05, 0x78),
  },
  {
    name: "aws-kms",
    bytes: (bytes) =>
      begins(bytes, 0x01, 0x02) && (bytes[2] === 2 || bytes[2] === 3) && begins(bytes.subarray(3), 0, 0x78),
  },
  { name: "gcp-kms", bytes: (bytes) => begins(bytes, 0x0a, 0x24, 0x00) && bytes.length > 40 },
  { name: "reference", bytes: looksLikeReference },
  { name: "vault", text: (text) => /^vault:v\d+:/.test(text) },
  { name: "jwe", text: isJwe },
  { name: "openssl", bytes: (bytes) => bytes.subarray(0, 8).equals(Buffer.from("Salted__")) },
  { name: "age", text: (text) => /^(age-encryption\.org\/v1|-----BEGIN AGE ENCRYPTED FILE-----)/.test(text) },
  { name: "pgp", text: (text) => /^-----BEGIN PGP MESSAGE-----/.test(text) },
] as const satisfies readonly KnownFormat[];

/** The names by which formats can be accepted as plaintext. */
export type FormatName = (typeof FORMATS)[number]["name"];

/** All of {@link FormatName}. */
export const FORMAT_NAMES: readonly FormatName[] = FORMATS.map(({ name }) => name);

/** The format that a value looks like, read as bytes, as text, and as base64; white space around it plays no part. */
export function knownFormat(value: Uint8Array, accepted: ReadonlySet<string>): FormatName | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  const text = bytes.toString("latin1").trim();
  const decoded = fromBase64(text);
  return FORMATS.find((format: KnownFormat) => {
    if (accepted.has(format.name)) return false;
    if (format.text?.(text)) return true;
    return format.bytes?.(bytes) || (decoded !== undefined && format.bytes?.(decoded));
  })?.name;
}

/** The bytes of a text that is base64 in either alphabet, padded or not, on one line or on many. */
export function fromBase64(text: string): Buffer | undefined {
  const joined = text.includes("\n") ? joinedLines(text) : text;
  return /^[\w+/-]+={0,2}$/.test(joined) ? Buffer.from(joined, "base64") : undefined;
}

/** OpenSSL, MIME and Ruby break base64 after 60 to 76 characters. Lines of words are seldom all of one length. */
const SHORTEST_LINE = 32;

function joinedLines(text: string): string {
  const lines = text.split(/\r?\n/);
  const width = lines[0]!.length;
  const isWrapped = lines.every((line, at) =>
    at === lines.length - 1 ? line.length <= width : line.length === width,
  );
  return isWrapped && width >= SHORTEST_LINE ? lines.join("") : text;
}

/** Five parts in base64url, of which the first is a JSON object. */
function isJwe(text: string): boolean {
  return text.startsWith("eyJ") && text.split(".", 6).length === 5 && !/[^\w.-]/.test(text);
}

function begins(bytes: Buffer, ...first: readonly number[]): boolean {
  return bytes.length > first.length && first.every((byte, index) => bytes[index] === byte);
}
