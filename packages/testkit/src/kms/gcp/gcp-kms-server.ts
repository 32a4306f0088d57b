import { createRequire } from "node:module";
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import { CallLog } from "../call-log.ts";
import { type Fault, Faults } from "../faults.ts";
import { GcpFailure } from "./gcp-failure.ts";
import { GcpKeys } from "./gcp-keys.ts";
import { OPERATIONS } from "./gcp-operations.ts";
import { retryInfo } from "./retry-info.ts";

// biome-ignore lint/suspicious/noExplicitAny: messages as protobuf decodes them.
type Message = any;

const SERVICE = "google.cloud.kms.v1.KeyManagementService";

/**
 * Google Cloud KMS over gRPC without TLS, for tests. Checksums, additional authenticated data, primary and named
 * versions and their states are enforced as the real service does; credentials are not looked at.
 */
export class GcpKmsServer implements AsyncDisposable {
  readonly keys = new GcpKeys();
  readonly calls = new CallLog();
  readonly #faults = new Faults();
  /** Calls that are never answered and whose callers still wait. */
  hanging = 0;
  /** Added to each answer, milliseconds, as a network would. */
  latencyMs = 0;
  readonly #timers = new Set<NodeJS.Timeout>();
  #server: Server | undefined;
  #port = 0;

  /** A server on a free port of this host. */
  static async start(): Promise<GcpKmsServer> {
    const server = new GcpKmsServer();
    await server.resume();
    return server;
  }

  /** `host:port`. The same after {@link stop} and {@link resume}. */
  get endpoint(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Returns what ends the fault. */
  fault(...fault: Parameters<Faults["start"]>): () => void {
    return this.#faults.start(...fault);
  }

  /** Ends all connections and refuses new ones, as when the service is down. Keys are kept. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  async resume(): Promise<void> {
    const server = new Server();
    server.addService(
      definition(),
      Object.fromEntries(
        Object.keys(OPERATIONS).map((operation) => [
          operation,
          (call: ServerUnaryCall<Message, Message>, answer: sendUnaryData<Message>) =>
            this.#answer(operation, call, answer),
        ]),
      ),
    );
    this.#port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(this.endpoint, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
    this.#server = server;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #answer(operation: string, call: ServerUnaryCall<Message, Message>, answer: sendUnaryData<Message>): void {
    this.calls.add(operation);
    const fault = this.#faults.meet(operation);
    if (fault?.kind === "hang") {
      this.hanging += 1;
      call.once("cancelled", () => {
        this.hanging -= 1;
      });
      return;
    }
    const deliver = () => {
      try {
        answer(null, this.#outcome(operation, call.request, fault));
      } catch (error) {
        const failure =
          error instanceof GcpFailure ? error : new GcpFailure(status.INTERNAL, "internal error");
        const { code, details } = failure;
        const asked = fault && "retryAfterMs" in fault ? fault.retryAfterMs : undefined;
        answer({ code, details, ...(asked !== undefined && { metadata: retryInfo(failure, asked) }) });
      }
    };
    const lateMs = this.latencyMs + (fault?.kind === "slow" ? fault.ms : 0);
    if (lateMs === 0) deliver();
    else {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        deliver();
      }, lateMs);
      this.#timers.add(timer);
    }
  }

  #outcome(operation: string, input: Message, fault: Fault | undefined): object {
    if (fault?.kind === "throttled") throw new GcpFailure(status.RESOURCE_EXHAUSTED, "Quota exceeded");
    if (fault?.kind === "unavailable" || fault?.kind === "dropped")
      throw new GcpFailure(status.UNAVAILABLE, "try again");
    if (fault?.kind === "forbidden")
      throw new GcpFailure(status.PERMISSION_DENIED, `Permission 'cloudkms.${operation}' denied`);
    const output = OPERATIONS[operation]!({ keys: this.keys, log: this.calls, input });
    return fault?.kind === "corrupt" ? corrupted(output) : output;
  }
}

/** Only what this server knows is served; the rest is UNIMPLEMENTED, which gRPC says by itself. */
function definition(): ServiceDefinition {
  const protos = createRequire(import.meta.url)("@google-cloud/kms/build/protos/protos.json");
  const options = { keepCase: false, longs: String, enums: String, defaults: true };
  return fromJSON(protos, options)[SERVICE] as ServiceDefinition;
}

/** The checksum of the answer is kept; its bytes are not those that it was made for. */
function corrupted(output: Message): Message {
  const field = "plaintext" in output ? "plaintext" : "ciphertext";
  if (!output[field]) return output;
  const bytes = Buffer.from(output[field]);
  bytes[bytes.length - 1]! ^= 1;
  return { ...output, [field]: bytes };
}
