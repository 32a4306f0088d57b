import { cpus } from "node:os";

/** How long calls took, and how many failed. */
export class CallTimes {
  readonly #ms: number[] = [];
  #failed = 0;

  /** What the call resolves with; `undefined` when it failed, which is counted. */
  async of<Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> {
    const started = performance.now();
    try {
      return await call();
    } catch {
      this.#failed += 1;
      return undefined;
    } finally {
      this.#ms.push(performance.now() - started);
    }
  }

  get failed(): number {
    return this.#failed;
  }

  /** Of all calls, failed ones included, milliseconds. */
  percentile(percent: number): number {
    const sorted = this.#ms.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
  }
}

/** What a way of keeping leases came to. */
export interface LeasesResult {
  readonly name: string;
  readonly times: CallTimes;
  readonly seconds: number;
  /** Claimed, checkpointed and finished. */
  readonly chunks: number;
}

/** The results as Markdown. */
export function leasesReport(
  results: readonly LeasesResult[],
  setting: { readonly cassandra: string; readonly workers: number; readonly chunks: number },
): string {
  const lines = results.map(({ name, times, seconds, chunks }) => {
    const rate = (chunks / seconds).toFixed(0);
    const [p50, p99] = [times.percentile(50), times.percentile(99)].map((ms) => `${ms.toFixed(0)} ms`);
    return `| ${name} | ${chunks.toLocaleString("en")} in ${seconds.toFixed(0)} s | ${rate} | ${p50} | ${p99} | ${times.failed} |`;
  });
  return [
    `Cassandra ${setting.cassandra}, two nodes, ${setting.workers} workers, a table of ${setting.chunks.toLocaleString("en")} chunks, Node ${process.version}, all on the same ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}).`,
    "",
    "| | chunks finished | chunks/s | p50 of a call | p99 of a call | calls that failed or timed out |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...lines,
    "",
  ].join("\n");
}
