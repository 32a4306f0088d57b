import type { Bound } from "./tightest-limit.ts";

/**
 * Requests in flight to each host. In one round of granting, a request that has to wait claims its hosts: what comes
 * after it must not overtake it there, or a request to two hot hosts would wait for ever.
 */
export class HostSlots {
  readonly #inFlight = new Map<string, number>();

  take(hosts: readonly string[]): void {
    for (const host of hosts) this.#inFlight.set(host, (this.#inFlight.get(host) ?? 0) + 1);
  }

  give(hosts: readonly string[]): void {
    for (const host of hosts) {
      const left = (this.#inFlight.get(host) ?? 1) - 1;
      if (left > 0) this.#inFlight.set(host, left);
      else this.#inFlight.delete(host);
    }
  }

  /** Whether a request to these hosts may go now. If not, its limited hosts are added to `claimed`. */
  allows(hosts: readonly string[], limits: ReadonlyMap<string, Bound>, claimed: Set<string>): boolean {
    if (limits.size === 0) return true;
    if (hosts.every((host) => !claimed.has(host) && this.#hasRoom(host, limits))) return true;
    for (const host of hosts) if (limits.has(host)) claimed.add(host);
    return false;
  }

  /** The limit of the first host that has no room. */
  fullOf(hosts: readonly string[], limits: ReadonlyMap<string, Bound>): Bound | undefined {
    const full = hosts.find((host) => !this.#hasRoom(host, limits));
    return full === undefined ? undefined : limits.get(full);
  }

  #hasRoom(host: string, limits: ReadonlyMap<string, Bound>): boolean {
    const limit = limits.get(host);
    return limit === undefined || (this.#inFlight.get(host) ?? 0) < limit.value;
  }
}
