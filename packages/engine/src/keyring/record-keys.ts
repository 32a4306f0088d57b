import { isRekeyError } from "@cassandra-rekey/core";
import type { Settings } from "../config/settings.ts";
import type { PluginParts } from "../plugin-parts.ts";
import { PATIENT, type RetryTools, withRetry } from "../retry.ts";
import { agreeOnKeys, type KeyCheckParts } from "./key-checks.ts";
import { Keyrings } from "./keyrings.ts";
import { openKeyrings } from "./open-keyrings.ts";

/** What {@link recordKeys} opens keys with, and whom it lets know. */
export interface RecordParts extends Omit<KeyCheckParts, "keyrings"> {
  readonly settings: Pick<Settings, "keys" | "keyrings">;
  readonly parts: PluginParts;
  readonly tools: RetryTools;
}

/**
 * {@link agreeOnKeys} for a job that is not carried out now. Whoever plans need not have the keys: where they cannot be
 * opened, that is told of in one line, and the first process that runs the job makes up for it.
 */
export async function recordKeys(
  { settings, parts, tools, ...rest }: RecordParts,
  jobId: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  await using opened = new AsyncDisposableStack();
  try {
    const { main, named } = await openKeyrings(settings, parts, opened, { signal });
    const keyrings = new Keyrings(main, named);
    return await withRetry(tools, PATIENT, signal, () => agreeOnKeys({ ...rest, keyrings }, jobId, signal));
  } catch (error) {
    signal.throwIfAborted();
    if (!isRekeyError(error) || error.code === "KEY.MISMATCH" || !/^(CONFIG|PLUGIN|KEY)\./.test(error.code))
      throw error;
    return [
      `the keys could not be compared with those of other hosts here (${error.code}); \`run\` does so before it begins`,
    ];
  }
}
