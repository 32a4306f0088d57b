/** Larger answers are not read to their end, bytes. */
const MOST_BYTES = 64 * 1024;

/** The text of an answer, or `undefined` when it is too large. */
export async function boundedBody(response: Response): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > MOST_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
