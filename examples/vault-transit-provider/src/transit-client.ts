import { type Clock, RekeyError } from "@cassandra-rekey/core";
import type { VaultOptions } from "./options.ts";
import { vaultFailure } from "./vault-failure.ts";

/** One result of a batch: what was asked for, or why Vault did not give it. */
export interface BatchResult {
  readonly ciphertext?: string;
  readonly plaintext?: string;
  readonly error?: string;
}

/** Calls the transit engine of one Vault for one key. */
export class TransitClient {
  readonly #options: VaultOptions;
  readonly #token: string;
  readonly #clock: Clock;

  constructor(options: VaultOptions, token: string, clock: Clock) {
    this.#options = options;
    this.#token = token;
    this.#clock = clock;
  }

  encrypt(plaintexts: readonly string[], signal: AbortSignal): Promise<readonly BatchResult[]> {
    return this.#call(
      "encrypt",
      plaintexts.map((plaintext) => ({ plaintext })),
      signal,
    );
  }

  decrypt(ciphertexts: readonly string[], signal: AbortSignal): Promise<readonly BatchResult[]> {
    return this.#call(
      "decrypt",
      ciphertexts.map((ciphertext) => ({ ciphertext })),
      signal,
    );
  }

  async #call(
    operation: string,
    batch: readonly object[],
    signal: AbortSignal,
  ): Promise<readonly BatchResult[]> {
    const { address, mount, key, namespace, timeout_ms } = this.#options;
    const what = `Vault ${operation} with ${mount}/${key}`;
    const timeout = this.#clock.timeout(timeout_ms);
    let status: number;
    let retryAfter: string | null;
    let body: { readonly data?: { readonly batch_results?: readonly BatchResult[] } };
    try {
      const response = await fetch(new URL(`/v1/${mount}/${operation}/${key}`, address), {
        method: "POST",
        // A redirect would carry the token along.
        redirect: "error",
        headers: {
          "content-type": "application/json",
          "x-vault-token": this.#token,
          "x-vault-request": "true",
          ...(namespace !== undefined && { "x-vault-namespace": namespace }),
        },
        body: JSON.stringify({ batch_input: batch }),
        signal: AbortSignal.any([signal, timeout]),
      });
      ({ status } = response);
      retryAfter = response.headers.get("retry-after");
      body = (await response.json()) as typeof body;
    } catch {
      signal.throwIfAborted();
      // The error's own text may quote what was sent.
      throw new RekeyError(
        "KEY.UNAVAILABLE",
        `${what}: ${timeout.aborted ? "no answer in time" : "no usable answer"}`,
      );
    }
    // With some of a batch refused, Vault answers 400 and has a result for each all the same.
    const results = body?.data?.batch_results;
    if (!Array.isArray(results) || (status !== 200 && status !== 400))
      throw vaultFailure(what, status, retryAfter);
    if (results.length === batch.length) return results;
    throw new RekeyError("KEY.CONTRACT", `${what} gave ${results.length} results for ${batch.length} cells`);
  }
}
