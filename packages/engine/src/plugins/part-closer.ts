import { type Clock, isRekeyError, type Logger } from "@cassandra-rekey/core";
import { failureText } from "../executor/failure-text.ts";

/** How long the end of what was done waits for a part to close, milliseconds: enough to send what is queued. */
const PATIENCE_MS = 15_000;

/**
 * Closes a plugin's part. The work is done by then: a part that fails or hangs over its end is told of in the log, by
 * `who`, and keeps nobody from hearing how the work ended. Errors of ours are meant for people, and pass.
 */
export function partCloser(
  part: AsyncDisposable,
  who: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      const closed = new AbortController();
      const late = clock.sleep(PATIENCE_MS, closed.signal).then(
        () => logger.warn({ waitedMs: PATIENCE_MS }, `${who} did not close, and is left behind`),
        () => {},
      );
      try {
        await Promise.race([part[Symbol.asyncDispose](), late]);
      } catch (error) {
        if (isRekeyError(error)) throw error;
        logger.warn({ reason: failureText(error).message }, `${who} could not be closed`);
      } finally {
        closed.abort();
      }
    },
  };
}
