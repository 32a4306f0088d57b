import { untilAborted } from "@cassandra-rekey/core";

interface Running<Result> {
  readonly promise: Promise<Result>;
  readonly controller: AbortController;
  waiters: number;
}

/**
 * Makes one call for all who want the same thing at the same time. Each may leave by its own signal; the call is
 * aborted when the last has left. Nothing is kept once it has settled, errors least of all.
 */
export class SharedCalls<Result> {
  readonly #running = new Map<string, Running<Result>>();

  async join(
    id: string,
    signal: AbortSignal,
    start: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    signal.throwIfAborted();
    const running = this.#running.get(id) ?? this.#start(id, start);
    running.waiters += 1;
    try {
      return await untilAborted(running.promise, signal);
    } finally {
      running.waiters -= 1;
      if (running.waiters === 0) {
        this.#forget(id, running);
        running.controller.abort(signal.reason);
      }
    }
  }

  #start(id: string, start: (signal: AbortSignal) => Promise<Result>): Running<Result> {
    const controller = new AbortController();
    const running: Running<Result> = { promise: start(controller.signal), controller, waiters: 0 };
    running.promise.then(
      () => this.#forget(id, running),
      () => this.#forget(id, running),
    );
    this.#running.set(id, running);
    return running;
  }

  #forget(id: string, running: Running<Result>): void {
    if (this.#running.get(id) === running) this.#running.delete(id);
  }
}
