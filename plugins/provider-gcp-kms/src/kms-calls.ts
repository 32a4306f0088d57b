import { untilAborted } from "@cassandra-rekey/core";
import type { KeyManagementServiceClient, protos } from "@google-cloud/kms";

type Messages = typeof protos.google.cloud.kms.v1;
type EncryptRequest = InstanceType<Messages["EncryptRequest"]>;
type EncryptResponse = InstanceType<Messages["EncryptResponse"]>;
type DecryptResponse = InstanceType<Messages["DecryptResponse"]>;

type ClientOptions = NonNullable<ConstructorParameters<typeof KeyManagementServiceClient>[0]>;

/** The calls that a key needs of Google Cloud KMS. Rejects with the client's errors. */
export class KmsCalls implements AsyncDisposable {
  readonly #client: KeyManagementServiceClient;
  readonly #timeoutMs: number;

  private constructor(client: KeyManagementServiceClient, timeoutMs: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
  }

  /** Connects by application-default credentials; without any, and without TLS, where `endpoint` is `http:`. */
  static async open(endpoint: string | undefined, timeoutMs: number, signal: AbortSignal): Promise<KmsCalls> {
    const { KeyManagementServiceClient } = await import("@google-cloud/kms");
    const client = new KeyManagementServiceClient(await placeOf(endpoint));
    const calls = new KmsCalls(client, timeoutMs);
    try {
      await untilAborted(client.initialize(), signal);
      return calls;
    } catch (error) {
      // Not waited for: the client closes when it has opened, and it still looks for credentials.
      calls[Symbol.asyncDispose]().catch(() => {});
      throw error;
    }
  }

  encrypt(request: object, signal: AbortSignal): Promise<EncryptResponse> {
    return this.#call("encrypt", request as EncryptRequest, signal);
  }

  decrypt(request: object, signal: AbortSignal): Promise<DecryptResponse> {
    return this.#call("decrypt", request as EncryptRequest, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }

  /**
   * Calls below the client's methods: those write requests and replies, data keys included, to the log when
   * GOOGLE_SDK_NODE_LOGGING is set, and their calls cannot be cancelled. No retries: the client's go on for a minute.
   */
  async #call<Reply>(
    method: string,
    request: { readonly name: string },
    signal: AbortSignal,
  ): Promise<Reply> {
    signal.throwIfAborted();
    const headers = { "x-goog-request-params": `name=${encodeURIComponent(request.name)}` };
    const options = { timeout: this.#timeoutMs, retry: null, otherArgs: { headers } };
    const running: Promise<[Reply]> & { cancel?(): void } = this.#client.innerApiCalls[method]!(
      request,
      options,
    );
    const cancel = () => running.cancel?.();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const [reply] = await running;
      return reply;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }
}

async function placeOf(endpoint: string | undefined): Promise<ClientOptions> {
  if (endpoint === undefined) return {};
  const { protocol, hostname, port } = new URL(endpoint);
  const place = { apiEndpoint: hostname, port: port === "" ? 443 : Number(port) };
  if (protocol === "https:") return place;
  const { credentials } = await import("@grpc/grpc-js");
  // Without the domain, the client looks for a metadata server to ask for it.
  return { ...place, sslCreds: credentials.createInsecure(), universeDomain: "googleapis.com" };
}
