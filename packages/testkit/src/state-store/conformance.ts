import type { StateStore } from "@cassandra-rekey/core";

/** Storage that a store under test keeps its jobs in. */
export interface StoreStorage extends AsyncDisposable {
  /** Opens the storage once more, as another process would. The suite disposes of what it opened. */
  open(): Promise<StateStore>;
  /** Lets at least `ms` milliseconds pass on the clock by which leases run out. */
  elapse(ms: number): Promise<void>;
}

/** The store to be held to the contract. */
export interface StateStoreConformance {
  readonly name: string;
  /** Called for each test. What other tests left in the storage does no harm: each plans jobs of its own. */
  readonly create: () => Promise<StoreStorage>;
  /**
   * `driven`: {@link StoreStorage.elapse} moves an injected clock and costs no time, so that histories with leases that
   * run out are tried as well. `real`: it waits.
   */
  readonly clock: "driven" | "real";
  /** The shortest lease that the store tells from a longer one, milliseconds; 1000 when left out. */
  readonly leaseUnitMs?: number;
  /** Random histories that are tried, and calls in each. */
  readonly histories?: { readonly count: number; readonly steps: number };
  /** Makes the random histories repeatable; a failure names the seed that it was found with. */
  readonly seed?: number;
}
