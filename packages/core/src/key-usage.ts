/** What a key has asked of a key service so far, in this process. */
export interface KeyUsage {
  /** Calls to the key service. */
  readonly calls: number;
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
