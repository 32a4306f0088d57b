import type { KMSClient, KMSClientConfig } from "@aws-sdk/client-kms";
import { RekeyError } from "@cassandra-rekey/core";
import { isSafeEndpoint } from "@cassandra-rekey/envelope";
import type { AwsKmsOptions } from "./options.ts";
import { retryAfterMs } from "./retry-after.ts";

/** The SDK, imported when a key is made. */
export type KmsSdk = typeof import("@aws-sdk/client-kms");

/** An error that ends a call at once: the SDK knows nothing of it, and so does not try again. */
export class CallEnd extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super();
    this.reason = reason;
  }
}

/** A client of one key. Its calls reject with {@link CallEnd} where the SDK's own attempts must not go on. */
export function createClient(
  sdk: KmsSdk,
  options: AwsKmsOptions,
  wantedRegion: string | undefined,
): KMSClient {
  const attemptMs = Math.ceil(options.timeout_ms / options.max_attempts);
  const agent = { maxSockets: options.parallel_calls };
  const client = new sdk.KMSClient({
    ...(wantedRegion !== undefined && { region: wantedRegion }),
    ...(options.profile !== undefined && { profile: options.profile }),
    ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
    maxAttempts: options.max_attempts,
    requestHandler: {
      connectionTimeout: attemptMs,
      requestTimeout: attemptMs,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      // As the AWS CLI and boto3 do: the SDK for JavaScript knows nothing of proxies.
      httpsAgent: { ...agent, proxyEnv: process.env },
    } as KMSClientConfig["requestHandler"] & object,
  });
  client.middlewareStack.add(
    (next) => async (args) => {
      refuseClearText(args.request);
      try {
        return await next(args);
      } catch (error) {
        const { $response } = (error ?? {}) as { $response?: { headers?: Record<string, string> } };
        // The SDK would come again sooner than it was asked to, or past the call's deadline.
        if ((retryAfterMs($response?.headers) ?? 0) > attemptMs) throw new CallEnd(error);
        throw error;
      }
    },
    { step: "finalizeRequest", priority: "low", name: "cassandra-rekey" },
  );
  return client;
}

/** The option's own schema takes no such endpoint; the AWS environment and its profiles may name one as well. */
function refuseClearText(request: unknown): void {
  const { protocol, hostname } = request as { protocol: string; hostname: string };
  if (isSafeEndpoint({ protocol, hostname })) return;
  throw new CallEnd(
    new RekeyError("CONFIG.INVALID", `AWS KMS would be called over ${protocol}//${hostname}, in clear text`, {
      hint: "AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_KMS or endpoint_url of the AWS profile names it: data keys travel over https, and over http only within this host.",
    }),
  );
}
