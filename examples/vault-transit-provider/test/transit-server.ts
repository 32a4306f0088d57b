import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface TransitKeyState {
  readonly versions: Buffer[];
  minDecryptionVersion: number;
}

/** The next answers, instead of what was asked for. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Never answers. */
  readonly hang?: boolean;
}

/** The part of Vault's transit engine that a provider uses, over HTTP: batches, versions, tokens, faults. */
export class TransitServer implements AsyncDisposable {
  readonly token = randomBytes(12).toString("hex");
  /** Batch sizes of the calls so far. */
  readonly calls: number[] = [];
  fault: Fault | undefined;
  readonly #keys = new Map<string, TransitKeyState>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  static async start(): Promise<TransitServer> {
    const server = new TransitServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Makes a key, or a new version of it. */
  rotate(name: string): void {
    const key = this.#keys.get(name) ?? { versions: [], minDecryptionVersion: 1 };
    key.versions.push(randomBytes(32));
    this.#keys.set(name, key);
  }

  refuseOlderThan(name: string, version: number): void {
    this.#keys.get(name)!.minDecryptionVersion = version;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = Buffer.concat(await Array.fromAsync(request)).toString();
    const { fault } = this;
    if (fault?.hang) return;
    const send = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
    if (fault) {
      response.writeHead(fault.status ?? 200, { ...fault.headers }).end(fault.body ?? '{"errors":["fault"]}');
      return;
    }
    if (request.headers["x-vault-token"] !== this.token)
      return void send(403, { errors: ["permission denied"] });
    const [, operation, name] = /^\/v1\/transit\/(encrypt|decrypt)\/([\w.-]+)$/.exec(request.url ?? "") ?? [];
    const key = this.#keys.get(name ?? "");
    if (!key) return void send(404, { errors: [] });
    const { batch_input } = JSON.parse(text) as { batch_input: Record<string, string>[] };
    this.calls.push(batch_input.length);
    const batch_results = batch_input.map((item) =>
      operation === "encrypt"
        ? { ciphertext: sealed(key, item["plaintext"]!), key_version: key.versions.length }
        : opened(key, item["ciphertext"]!),
    );
    send(batch_results.some((result) => "error" in result) ? 400 : 200, { data: { batch_results } });
  }
}

function sealed({ versions }: TransitKeyState, plaintext: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", versions.at(-1)!, iv);
  const parts = [iv, cipher.update(Buffer.from(plaintext, "base64")), cipher.final(), cipher.getAuthTag()];
  return `vault:v${versions.length}:${Buffer.concat(parts).toString("base64")}`;
}

function opened(key: TransitKeyState, ciphertext: string): { plaintext: string } | { error: string } {
  const [, version = "0", base64 = ""] = /^vault:v(\d+):(.*)$/.exec(ciphertext) ?? [];
  const secret = key.versions[Number(version) - 1];
  if (!secret) return { error: "invalid ciphertext: version is too new" };
  if (Number(version) < key.minDecryptionVersion) {
    return { error: "ciphertext or signature version is disallowed by policy (too old)" };
  }
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length < 28) return { error: "invalid ciphertext: no nonce" };
  const decipher = createDecipheriv("aes-256-gcm", secret, bytes.subarray(0, 12)).setAuthTag(
    bytes.subarray(-16),
  );
  try {
    const start = decipher.update(bytes.subarray(12, -16));
    return { plaintext: Buffer.concat([start, decipher.final()]).toString("base64") };
  } catch {
    return { error: "cipher: message authentication failed" };
  }
}
