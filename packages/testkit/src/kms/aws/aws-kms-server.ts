import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { CallLog } from "../call-log.ts";
import { type Fault, Faults } from "../faults.ts";
import { AwsFailure } from "./aws-failure.ts";
import { AwsKeys } from "./aws-keys.ts";
import { OPERATIONS } from "./aws-operations.ts";

const TARGET = "TrentService.";

/**
 * AWS KMS over HTTP, for tests: JSON 1.1 by `X-Amz-Target`, all regions in one server (a request is for the region that
 * it is signed for). Encryption contexts, key states, aliases, rotation and multi-region keys are enforced as the real
 * service does; signatures and permissions are not looked at.
 */
export class AwsKmsServer implements AsyncDisposable {
  readonly keys = new AwsKeys();
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
  static async start(): Promise<AwsKmsServer> {
    const server = new AwsKmsServer();
    await server.resume();
    return server;
  }

  /** What clients take as their endpoint. The same after {@link stop} and {@link resume}. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Returns what ends the fault. */
  fault(...fault: Parameters<Faults["start"]>): () => void {
    return this.#faults.start(...fault);
  }

  /** Ends all connections and refuses new ones, as when the service is down. Keys are kept. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async resume(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers["x-amz-target"]).replace(TARGET, "");
    this.calls.add(operation);
    const fault = this.#faults.meet(operation);
    const input = await json(request).catch(() => undefined);
    if (fault?.kind === "hang") {
      this.hanging += 1;
      response.once("close", () => {
        this.hanging -= 1;
      });
      return;
    }
    if (fault?.kind === "dropped") {
      request.socket.destroy();
      return;
    }
    const [status, body] = this.#outcome(operation, regionOf(request), input, fault);
    if (fault && "retryAfterMs" in fault)
      response.setHeader("retry-after", String((fault.retryAfterMs ?? 0) / 1000));
    const lateMs = this.latencyMs + (fault?.kind === "slow" ? fault.ms : 0);
    if (lateMs === 0) send(response, status, body);
    else {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        send(response, status, body);
      }, lateMs);
      this.#timers.add(timer);
    }
  }

  #outcome(
    operation: string,
    region: string | undefined,
    input: unknown,
    fault: Fault | undefined,
  ): [number, object] {
    try {
      if (fault?.kind === "throttled") throw new AwsFailure("ThrottlingException", "Rate exceeded");
      if (fault?.kind === "unavailable") throw new AwsFailure("KMSInternalException", "try again", 500);
      if (fault?.kind === "forbidden")
        throw new AwsFailure(
          "AccessDeniedException",
          `User: arn:aws:iam::111122223333:user/test is not authorized to perform: kms:${operation}`,
        );
      if (region === undefined) throw new AwsFailure("MissingAuthenticationTokenException", "no signature");
      const known = OPERATIONS[operation];
      if (!known) throw new AwsFailure("UnknownOperationException");
      if (typeof input !== "object" || input === null) throw new AwsFailure("SerializationException");
      const output = known({ keys: this.keys, log: this.calls, region, input });
      return [200, fault?.kind === "corrupt" ? corrupted(output) : output];
    } catch (error) {
      const { name, message, status } =
        error instanceof AwsFailure ? error : new AwsFailure("KMSInternalException", "", 500);
      return [status, { __type: name, ...(message !== "" && { message }) }];
    }
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": crypto.randomUUID() };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

/** `Credential=<key>/<date>/<region>/kms/aws4_request`; `undefined` for an unsigned request. */
function regionOf(request: IncomingMessage): string | undefined {
  return /Credential=[^/]+\/\d+\/([\w-]+)\/kms\//.exec(request.headers.authorization ?? "")?.[1];
}

/** The last byte of the plaintext, or else of the wrapped key, is another. */
function corrupted(output: object): object {
  const field = "Plaintext" in output ? "Plaintext" : "CiphertextBlob";
  const text = (output as Record<string, unknown>)[field];
  if (typeof text !== "string") return output;
  const bytes = Buffer.from(text, "base64");
  bytes[bytes.length - 1]! ^= 1;
  return { ...output, [field]: bytes.toString("base64") };
}
