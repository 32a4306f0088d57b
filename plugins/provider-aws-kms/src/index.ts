import {
  definePlugin,
  defineProvider,
  type EncryptionKey,
  type KeyContext,
  type KeyUsage,
  RekeyError,
} from "@cassandra-rekey/core";
import {
  createEnvelopeKey,
  EnvelopeCounters,
  type EnvelopeKeyParts,
  limitsOf,
} from "@cassandra-rekey/envelope";
import { stableName } from "./key-name.ts";
import { openMessageKey } from "./message-key.ts";
import { openWrapper } from "./open-wrapper.ts";
import { type AwsKmsOptions, awsKmsOptions } from "./options.ts";

export { awsKmsOptions };

async function openKey(options: AwsKmsOptions, ctx: KeyContext): Promise<EncryptionKey> {
  const { format, encryption_context, associated_data } = options;
  if (format === "aws-encryption-sdk" && (ctx.use === "target" || associated_data !== undefined))
    throw new RekeyError(
      "CONFIG.INVALID",
      `key ${ctx.keyVersion}: messages of the AWS Encryption SDK are only read`,
      {
        hint: "Use this format for a previous key, without associated_data.",
      },
    );
  const { wrapper, arn } = await openWrapper(options, ctx);
  const counters = new EnvelopeCounters(ctx.called);
  const shared = {
    version: ctx.keyVersion,
    wrapper,
    clock: ctx.clock,
    limits: limitsOf(options),
    observer: counters,
  };
  try {
    const key =
      format === "aws-encryption-sdk"
        ? await openMessageKey({ ...shared, arn, encryptionContext: encryption_context })
        : createEnvelopeKey(envelopeParts(format));
    return Object.assign(key, { usage: () => usageOf(counters, options) });
  } catch (error) {
    await wrapper[Symbol.asyncDispose]();
    throw error;
  }

  function envelopeParts(as: "envelope" | "reference"): EnvelopeKeyParts {
    return {
      ...shared,
      keyId: stableName(arn),
      random: ctx.random,
      format: as,
      ...(associated_data !== undefined && { associatedData: associated_data }),
      ...(encryption_context !== undefined && { keyContext: encryption_context }),
    };
  }
}

function usageOf(
  { generateCalls, unwrapCalls }: EnvelopeCounters,
  { price_per_10000, data_keys }: AwsKmsOptions,
): KeyUsage {
  return {
    calls: generateCalls + unwrapCalls,
    // Two calls for each data key: it is made, and unwrapped once.
    cellsPerCall: data_keys.max_cells / 2,
    price: { per10000: price_per_10000, currency: "USD", source: "aws.amazon.com/kms/pricing" },
  };
}

export default definePlugin({
  name: "@cassandra-rekey/provider-aws-kms",
  providers: { "aws-kms": defineProvider({ options: awsKmsOptions, create: openKey }) },
});
