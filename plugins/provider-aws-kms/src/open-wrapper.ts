import { isRekeyError, type KeyContext, RekeyError } from "@cassandra-rekey/core";
import { AwsKmsWrapper } from "./aws-kms-wrapper.ts";
import { nameInRegion, parseArn } from "./key-name.ts";
import { createClient } from "./kms-client.ts";
import { kmsFailure } from "./kms-failure.ts";
import type { AwsKmsOptions } from "./options.ts";

/** A key of AWS KMS, ready for calls, and its ARN. */
export interface OpenedWrapper {
  readonly wrapper: AwsKmsWrapper;
  readonly arn: string;
}

/** Connects to KMS by the SDK's standard credential chain, and looks the key up. */
export async function openWrapper(options: AwsKmsOptions, ctx: KeyContext): Promise<OpenedWrapper> {
  const sdk = await import("@aws-sdk/client-kms");
  const wantedRegion = options.region ?? parseArn(options.key_id)?.region;
  const client = createClient(sdk, options, wantedRegion);
  const region = wantedRegion ?? (await configuredRegion(() => client.config.region()));
  const keyId = nameInRegion(options.key_id, region);
  const wrapper = new AwsKmsWrapper({ sdk, client, region, keyId, version: ctx.keyVersion });
  try {
    const limited = AbortSignal.any([ctx.signal, ctx.clock.timeout(options.timeout_ms)]);
    return { wrapper, arn: await findKey(wrapper, keyId, options, ctx, region, limited) };
  } catch (error) {
    await wrapper[Symbol.asyncDispose]();
    if (isRekeyError(error)) throw error;
    ctx.signal.throwIfAborted();
    const what = `AWS KMS DescribeKey with key ${ctx.keyVersion} (${keyId}, ${region})`;
    throw new RekeyError("KEY.UNAVAILABLE", `${what} had no answer within ${options.timeout_ms} ms`, {
      hint: "Check the network, the key's endpoint, and where the AWS credentials come from (credential_process, SSO, instance metadata).",
    });
  }
}

const USAGE = "ENCRYPT_DECRYPT";
const SPEC = "SYMMETRIC_DEFAULT";

/** The key's ARN. A caller that may not describe keys gives the ARN itself. */
async function findKey(
  wrapper: AwsKmsWrapper,
  keyId: string,
  { key_id }: AwsKmsOptions,
  { keyVersion, logger }: KeyContext,
  region: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    const { arn, state, usage, spec } = await wrapper.describe(signal);
    if ((usage ?? USAGE) !== USAGE || (spec ?? SPEC) !== SPEC)
      throw new RekeyError(
        "CONFIG.INVALID",
        `key ${keyVersion} (${arn}) is of the kind ${spec ?? SPEC}, for ${usage ?? USAGE}`,
        { hint: `Use a symmetric key for encryption and decryption (${SPEC}).` },
      );
    const stateError = STATE_ERRORS[state];
    if (stateError !== undefined) {
      const place = { operation: "DescribeKey", keyId: arn, region, version: keyVersion, workedBefore: true };
      throw kmsFailure({ name: stateError, $metadata: { httpStatusCode: 400 } }, place);
    }
    return arn;
  } catch (error) {
    const isArn = parseArn(keyId)?.resource.startsWith("key/");
    if (!isRekeyError(error) || !error.message.includes("AccessDeniedException")) throw error;
    if (!isArn)
      throw new RekeyError("KEY.REFUSED", error.message, {
        hint: `Allow kms:DescribeKey, or give the key's ARN instead of ${key_id}.`,
      });
    logger.debug(
      { key: keyVersion },
      "aws-kms: no permission for kms:DescribeKey; the ARN is taken as it is",
    );
    return keyId;
  }
}

/** What calls would meet, known beforehand. */
const STATE_ERRORS: Readonly<Record<string, string>> = {
  Disabled: "DisabledException",
  PendingDeletion: "KMSInvalidStateException",
  PendingReplicaDeletion: "KMSInvalidStateException",
  PendingImport: "KMSInvalidStateException",
};

async function configuredRegion(region: () => Promise<string>): Promise<string> {
  try {
    return await region();
  } catch {
    throw new RekeyError(
      "CONFIG.INVALID",
      "no region for AWS KMS: neither region, nor an ARN, nor the environment names one",
      {
        hint: "Set region, or AWS_REGION.",
      },
    );
  }
}
