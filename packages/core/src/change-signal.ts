/** Tells a throttle's governor of changes. */
export interface ChangeSignal {
  /** For {@link Throttle.changes}. Changes that come quickly are told of once. */
  readonly changes: AsyncIterable<void>;
  tell(): void;
  /** Ends every iteration; to be called when the throttle is disposed of. */
  end(): void;
}

/** Makes a {@link ChangeSignal}, for throttles that look at something else than samples. */
export function changeSignal(): ChangeSignal {
  let told = 0;
  let ended = false;
  let wake = Promise.withResolvers<void>();
  const notify = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  async function* iterate(): AsyncGenerator<void> {
    let seen = told;
    while (!ended) {
      // What was told while the last change was worked on must not wait for the next one.
      if (seen === told) await wake.promise;
      if (ended || seen === told) continue;
      seen = told;
      yield;
    }
  }
  return {
    changes: { [Symbol.asyncIterator]: iterate },
    tell() {
      told += 1;
      notify();
    },
    end() {
      ended = true;
      notify();
    },
  };
}
