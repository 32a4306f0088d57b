import { METRICS, type MetricDefinition } from "../plugins/hook-prometheus/dist/index.js";

const INTRODUCTION = `# Metrics

Every metric of the [prometheus hook](../../plugins/hook-prometheus/README.md). Generated from its code. Prometheus adds \`instance\` and \`job\` when it scrapes.
A [dashboard and alert rules](../monitoring/README.md) use all of them.

| metric | type | labels | |
| --- | --- | --- | --- |`;

/** The reference of metrics. */
export async function metricsReference(): Promise<string> {
  const rows = Object.entries<MetricDefinition>(METRICS).map(([name, { type, help, labels, buckets }]) => {
    const bounds = buckets ? ` Buckets: ${buckets.map((bound) => `${bound} s`).join(", ")}.` : "";
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help}${bounds} |`;
  });
  return `${[INTRODUCTION, ...rows].join("\n")}\n`;
}
