import { machine } from "./figures.ts";
import type { Measurement } from "./measured-process.ts";

/** One of those that were measured. */
export interface Contender {
  readonly name: string;
  readonly rows: number;
  /** One a round. */
  readonly measurements: readonly Measurement[];
}

/** The results as Markdown. Ratios are to the first contender, the ceiling; the second is ours. */
export function benchReport(
  contenders: readonly Contender[],
  setting: { readonly cassandra: string; readonly rows: number; readonly workers: number },
): string {
  const ceiling = medianRate(contenders[0]!);
  const lines = contenders.map((contender) => {
    const rates = contender.measurements.map(({ seconds }) => contender.rows / seconds);
    const peak = Math.max(...contender.measurements.map(({ peakMiB }) => peakMiB ?? Number.NaN));
    return `| ${contender.name} | ${whole(medianRate(contender))} | ${whole(Math.min(...rates))} to ${whole(Math.max(...rates))} | ${(medianRate(contender) / ceiling).toFixed(2)} | ${processor(contender)} | ${Number.isNaN(peak) ? "not told" : `${whole(peak)} MiB`} |`;
  });
  return [
    `Cassandra ${setting.cassandra}, one node, ${whole(setting.rows)} rows of two encrypted columns (20 characters each), ${setting.workers} workers, Node ${process.version}, on ${machine()}, the server included.`,
    "",
    "| | rows/s, median | over the rounds | part of the ceiling | processor, s per 100,000 rows | peak memory |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...lines,
    "",
    verdict(contenders),
    "",
  ].join("\n");
}

/** Our ratios, beside what they are meant to be. */
function verdict([ceiling, ours, python]: readonly Contender[]): string {
  const peak = Math.max(...ours!.measurements.map(({ peakMiB }) => peakMiB ?? Number.NaN));
  return [
    ...(python
      ? [`${(medianRate(ours!) / medianRate(python)).toFixed(1)} times the Python tool (the aim is 10)`]
      : []),
    `${(medianRate(ours!) / medianRate(ceiling!)).toFixed(2)} of the ceiling (the aim is 0.6)`,
    `${whole(peak)} MiB resident (the aim is 200).`,
  ].join(", ");
}

/** The least of the rounds: whatever else the machine does only adds to it. */
function processor({ rows, measurements }: Contender): string {
  const seconds = Math.min(...measurements.map(({ cpuSeconds }) => cpuSeconds ?? Number.NaN));
  return Number.isNaN(seconds) ? "not told" : ((seconds * 100_000) / rows).toFixed(2);
}

function medianRate({ rows, measurements }: Contender): number {
  const rates = measurements.map(({ seconds }) => rows / seconds).sort((a, b) => a - b);
  return rates[Math.floor(rates.length / 2)]!;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}
