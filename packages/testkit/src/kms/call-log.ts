/** How often each operation was called, and the data keys that went out, for tests that search for them. */
export class CallLog {
  readonly #counts = new Map<string, number>();
  /** Plaintext data keys that the server has seen or made. */
  readonly dataKeys: Buffer[] = [];

  add(operation: string): void {
    this.#counts.set(operation, this.of(operation) + 1);
  }

  /** Calls of one operation; retries of the client count. */
  of(operation: string): number {
    return this.#counts.get(operation) ?? 0;
  }

  /** Calls of all operations. */
  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  clear(): void {
    this.#counts.clear();
  }
}
