import type { ChaosApplication, Finding } from "./chaos-application.ts";
import type { FaultKind } from "./fault.ts";

/** What a run of chaos came to. */
export interface ChaosReport {
  readonly seed: number;
  readonly seconds: number;
  readonly cassandra: string;
  readonly jobs: number;
  readonly cellsRekeyed: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly workers: { readonly started: number; readonly gaveUp: number };
  readonly application: ChaosApplication["counts"];
  readonly lost: number;
  readonly resurrected: number;
  readonly wrongValues: number;
  readonly underOldKey: number;
  /** What broke an invariant, one line each; empty for a run that passed. */
  readonly violations: readonly string[];
}

/** How many of the findings are of a kind. */
export function countOf(findings: readonly Finding[], damage: Finding["damage"]): number {
  return findings.filter((finding) => finding.damage === damage).length;
}

/** The report as Markdown tables, and the violations. */
export function chaosText(report: ChaosReport): string {
  const { application, workers } = report;
  const faults = Object.entries(report.faults).sort(([a], [b]) => a.localeCompare(b));
  const table = (head: string, rows: readonly (readonly [string, number])[]) => [
    `| ${head} | times |`,
    "| --- | ---: |",
    ...rows.map(([name, count]) => `| ${name} | ${count.toLocaleString("en")} |`),
    "",
  ];
  return [
    `Cassandra ${report.cassandra}, three nodes, ${Math.round(report.seconds)} s, seed ${report.seed}.`,
    "",
    ...table("fault", faults),
    ...table("met", [
      ["jobs carried out", report.jobs],
      ["cells rekeyed", report.cellsRekeyed],
      ["worker processes started", workers.started],
      ["of them gave up during an outage", workers.gaveUp],
      ["writes of the application", application.writes],
      ["deletes of the application", application.deletes],
      ["of both, outcome unknown", application.inDoubt],
      ["reads of the application", application.reads],
      ["cells checked", application.cellsChecked],
      ["**lost**", report.lost],
      ["**resurrected**", report.resurrected],
      ["**wrong values**", report.wrongValues],
      ["**under an old key at the end**", report.underOldKey],
    ]),
    ...(report.violations.length === 0
      ? ["Every invariant held."]
      : ["Broken:", ...report.violations.map((line) => `- ${line}`)]),
    "",
  ].join("\n");
}
