import { cpus } from "node:os";
import type { ApplicationResult } from "./application.ts";

/** An application and a job beside each other. */
export interface Meeting {
  readonly name: string;
  readonly application: ApplicationResult;
  /** Rows a second of the job; `undefined` without one. */
  readonly rowsPerSecond: number | undefined;
}

/** The results as Markdown. The first is without a job, the second with one that nothing slows down. */
export function foregroundReport(
  meetings: readonly Meeting[],
  setting: { readonly cassandra: string; readonly perSecond: number; readonly seconds: number },
): string {
  const [alone, unthrottled] = meetings;
  const lines = meetings.map(({ name, application, rowsPerSecond }) => {
    const { p50, p99, failed } = application;
    const times = (p99 / alone!.application.p99).toFixed(2);
    const rate = rowsPerSecond === undefined ? "" : Math.round(rowsPerSecond).toLocaleString("en");
    const part =
      rowsPerSecond === undefined
        ? ""
        : (rowsPerSecond / (unthrottled?.rowsPerSecond ?? rowsPerSecond)).toFixed(2);
    return `| ${name} | ${p50.toFixed(1)} ms | ${p99.toFixed(1)} ms | ${times} | ${failed} | ${rate} | ${part} |`;
  });
  return [
    `Cassandra ${setting.cassandra}, one node, Node ${process.version}, application, job and server on the same ${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}). The application sends ${setting.perSecond} requests a second, four reads to one write, for ${setting.seconds} s.`,
    "",
    "| | p50 | p99 | p99 to that without a job | failed | job, rows/s | part of unthrottled |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...lines,
    "",
  ].join("\n");
}
