import type { ApplicationResult } from "./application.ts";
import { machine } from "./figures.ts";

/** How a node's collector stopped it. */
export interface Pauses {
  readonly longestMs: number;
  /** Of the time, from 0 to 1. */
  readonly part: number;
}

/** An application and a job beside each other. */
export interface Meeting {
  readonly name: string;
  readonly application: ApplicationResult;
  /** Rows a second of the job; `undefined` without one. */
  readonly rowsPerSecond: number | undefined;
  readonly pauses: Pauses;
}

/** A whole job with nobody else there. */
export interface Idle {
  readonly name: string;
  readonly rowsPerSecond: number;
}

/**
 * The results as Markdown. Each item of `meetings` is the rounds of one; the first is without a job, the second with one that
 * nothing slows down; the first of `idle` is the adaptive throttle.
 */
export function foregroundReport(
  meetings: readonly (readonly Meeting[])[],
  idle: readonly Idle[],
  setting: {
    readonly cassandra: string;
    readonly perSecond: number;
    readonly seconds: number;
    readonly rows: number;
    readonly rounds: number;
  },
): string {
  const medians = meetings.map(medianRound);
  const [alone, unthrottled] = medians;
  const best = Math.max(...idle.slice(1).map(({ rowsPerSecond }) => rowsPerSecond));
  const lines = medians.map(({ name, application, rowsPerSecond, pauses }, index) => {
    const { p50, p99, failed } = application;
    const all = meetings[index]!.map((round) => round.application.p99);
    const range = `${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)}`;
    const times = (p99 / alone!.application.p99).toFixed(2);
    const rate = rowsPerSecond === undefined ? "" : Math.round(rowsPerSecond).toLocaleString("en");
    const part =
      rowsPerSecond === undefined
        ? ""
        : (rowsPerSecond / (unthrottled?.rowsPerSecond ?? rowsPerSecond)).toFixed(2);
    return `| ${name} | ${p50.toFixed(1)} ms | ${p99.toFixed(1)} ms | ${range} | ${times} | ${Math.round(pauses.longestMs)} ms | ${(pauses.part * 100).toFixed(1)} % | ${failed} | ${rate} | ${part} |`;
  });
  return [
    `Cassandra ${setting.cassandra}, one node with the collector and the heap that it ships with (G1, a quarter of the memory) and memtables off the heap, as in its cassandra_latest.yaml; Node ${process.version}, application, job and server on the same ${machine()}. The application sends ${setting.perSecond} requests a second, four reads to one write, for ${setting.seconds} s, after a warm-up; what a job reads is counted in that time. Each line is the middle one of ${setting.rounds} rounds by its p99, the slower of two. The aim is a p99 of at most 1.3 times that without a job, at half of the unthrottled speed or more.`,
    "",
    "| | p50 | p99 | over the rounds | p99 to that without a job | longest pause of the server | stopped for | failed | job, rows/s | part of unthrottled |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...lines,
    "",
    `With nobody else there, the mean of two whole jobs over ${setting.rows.toLocaleString("en")} rows each. The aim of the first is 0.9 of the best limit that is fixed.`,
    "",
    "| | rows/s | part of the best fixed limit |",
    "| --- | ---: | ---: |",
    ...idle.map(({ name, rowsPerSecond }) => {
      const rate = Math.round(rowsPerSecond).toLocaleString("en");
      return `| ${name} | ${rate} | ${(rowsPerSecond / best).toFixed(2)} |`;
    }),
    "",
  ].join("\n");
}

function medianRound(rounds: readonly Meeting[]): Meeting {
  const sorted = rounds.toSorted((a, b) => a.application.p99 - b.application.p99);
  return sorted[Math.floor(sorted.length / 2)]!;
}
