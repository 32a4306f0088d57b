import {
  definePlugin,
  defineProvider,
  type EncryptionKey,
  type KeyContext,
  type KeyUsage,
  RekeyError,
} from "@cassandra-rekey/core";
import { createEnvelopeKey, EnvelopeCounters, limitsOf } from "@cassandra-rekey/envelope";
import { GcpKmsWrapper } from "./gcp-kms-wrapper.ts";
import { KmsCalls } from "./kms-calls.ts";
import { kmsFailure } from "./kms-failure.ts";
import { type GcpKmsOptions, gcpKmsOptions } from "./options.ts";

export { gcpKmsOptions };

async function openKey(options: GcpKmsOptions, ctx: KeyContext): Promise<EncryptionKey> {
  const { key_name, key_context, associated_data, price_per_10000 } = options;
  const calls = await openCalls(options, ctx);
  const wrapper = new GcpKmsWrapper({
    calls,
    random: ctx.random,
    keyName: key_name,
    version: ctx.keyVersion,
  });
  const counters = new EnvelopeCounters(ctx.called);
  try {
    const key = createEnvelopeKey({
      version: ctx.keyVersion,
      // With its version, where one is pinned: so cells under another version are another key's, and are rewritten.
      keyId: key_name,
      wrapper,
      clock: ctx.clock,
      random: ctx.random,
      limits: limitsOf(options),
      observer: counters,
      ...(associated_data !== undefined && { associatedData: associated_data }),
      ...(key_context !== undefined && { keyContext: key_context }),
    });
    const usage = (): KeyUsage => ({
      calls: counters.generateCalls + counters.unwrapCalls,
      // Two calls for each data key: it is wrapped, and unwrapped once.
      cellsPerCall: options.data_keys.max_cells / 2,
      price: { per10000: price_per_10000, currency: "USD", source: "cloud.google.com/kms/pricing" },
    });
    return Object.assign(key, { usage });
  } catch (error) {
    await calls[Symbol.asyncDispose]();
    throw error;
  }
}

async function openCalls(
  { endpoint, timeout_ms, key_name }: GcpKmsOptions,
  { clock, signal, keyVersion }: KeyContext,
): Promise<KmsCalls> {
  const limited = AbortSignal.any([signal, clock.timeout(timeout_ms)]);
  try {
    return await KmsCalls.open(endpoint, timeout_ms, limited);
  } catch (error) {
    signal.throwIfAborted();
    if (limited.aborted)
      throw new RekeyError(
        "KEY.UNAVAILABLE",
        `Google Cloud KMS connection with key ${keyVersion} (${key_name}) was not ready within ${timeout_ms} ms`,
        {
          hint: "Check the network, and where Google's credentials come from: GOOGLE_APPLICATION_CREDENTIALS, or the metadata server of a host with a service account.",
        },
      );
    throw kmsFailure(error, {
      operation: "connection",
      name: key_name,
      version: keyVersion,
      workedBefore: false,
    });
  }
}

export default definePlugin({
  name: "@cassandra-rekey/provider-gcp-kms",
  providers: { "gcp-kms": defineProvider({ options: gcpKmsOptions, create: openKey }) },
});
