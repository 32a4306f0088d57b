/** What a key has asked of a key service so far, in this process. */
export interface KeyUsage {
  /** Calls to the key service. */
  readonly calls: number;
  /** Cells that one call serves when many are sealed. */
  readonly cellsPerCall?: number;
  /** What calls cost, where the provider's options or its documentation say. */
  readonly price?: {
    /** List price of 10,000 calls. */
    readonly per10000: number;
    /** ISO 4217. */
    readonly currency: string;
    /** Where the price is published. */
    readonly source: string;
  };
}

/** One call to a key service, as its provider tells of it. */
export interface KeyServiceCall {
  /** What was asked for, by the provider's own name for it: `generate`, `unwrap`. */
  readonly call: string;
  /** `refused`: it answered that the ciphertext is not one of this key's. */
  readonly outcome: "done" | "refused" | "failed";
  readonly ms: number;
}
