import { cpus, totalmem } from "node:os";
import type { Measurement } from "./measured-process.ts";

/** One of those that were measured. */
export interface Contender {
  readonly name: string;
  readonly rows: number;
  /** One a round. */
  readonly measurements: readonly Measurement[];
}

/** The results as Markdown. Ratios are to the first contender, the ceiling. */
export function benchReport(
  contenders: readonly Contender[],
  setting: { readonly cassandra: string; readonly rows: number; readonly workers: number },
): string {
  const ceiling = medianRate(contenders[0]!);
  const lines = contenders.map((contender) => {
    const rates = contender.measurements.map(({ seconds }) => contender.rows / seconds);
    const peak = Math.max(...contender.measurements.map(({ peakMiB }) => peakMiB ?? Number.NaN));
    return `| ${contender.name} | ${whole(medianRate(contender))} | ${whole(Math.min(...rates))} to ${whole(Math.max(...rates))} | ${(medianRate(contender) / ceiling).toFixed(2)} | ${Number.isNaN(peak) ? "not told" : `${whole(peak)} MiB`} |`;
  });
  return [
    `Cassandra ${setting.cassandra}, one node, ${whole(setting.rows)} rows of two encrypted columns (20 characters each), ${setting.workers} workers, Node ${process.version}, on ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}) with ${whole(totalmem() / 2 ** 30)} GiB, the server included.`,
    "",
    "| | rows/s, median | over the rounds | part of the ceiling | peak memory |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...lines,
    "",
  ].join("\n");
}

function medianRate({ rows, measurements }: Contender): number {
  const rates = measurements.map(({ seconds }) => rows / seconds).sort((a, b) => a - b);
  return rates[Math.floor(rates.length / 2)]!;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}
