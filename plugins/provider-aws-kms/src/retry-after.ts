/**
 * How long an answer's headers ask to stay away, milliseconds; `undefined` where they do not. `Retry-After` in seconds or
 * as a date, measured by the answer's own `Date`, and `x-amz-retry-after` in milliseconds.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>> | undefined): number | undefined {
  const header = (name: string) => headers?.[name] ?? "";
  const inMs = plainNumber(header("x-amz-retry-after"));
  if (inMs !== undefined) return inMs;
  const asked = header("retry-after");
  const inSeconds = plainNumber(asked);
  if (inSeconds !== undefined) return inSeconds * 1000;
  const apart = Date.parse(asked) - Date.parse(header("date"));
  return apart > 0 ? apart : undefined;
}

function plainNumber(text: string): number | undefined {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  return value > 0 ? value : undefined;
}
