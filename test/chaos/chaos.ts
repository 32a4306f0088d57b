// `pnpm chaos --minutes 10 --seed 7 --json`: three real nodes, worker processes and an application, and faults drawn from
// a seed. Ends with 1 when an invariant was broken.
import { parseArgs } from "node:util";
import { startThreeNodes } from "../three-nodes.ts";
import { chaosText } from "./chaos-report.ts";
import { drawFaults } from "./fault.ts";
import { runChaos } from "./run-chaos.ts";

const { values: flags } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    rows: { type: "string", default: "4000" },
    writes: { type: "string", default: "plain" },
    json: { type: "boolean", default: false },
  },
});
const [minutes, seed, rows] = [Number(flags.minutes), Number(flags.seed), Number(flags.rows)];
const { writes } = flags;
if (
  !(minutes > 0) ||
  !Number.isSafeInteger(seed) ||
  !(rows > 0) ||
  (writes !== "plain" && writes !== "lwt")
) {
  console.error(
    "usage: pnpm chaos [--minutes 5] [--seed <number>] [--rows 4000] [--writes plain|lwt] [--json]",
  );
  process.exit(2);
}
const PROCESSES = 3;

await using nodes = await startThreeNodes({ hints: true, progress: say });
say(`${minutes} minutes of faults, seed ${seed}`);
const report = await runChaos(nodes, {
  seed,
  plan: drawFaults(seed, minutes, { nodes: nodes.proxies.length, workers: PROCESSES }),
  processes: PROCESSES,
  rows,
  writes,
  chunks: 48,
  rowsPerSecond: 60,
  ttlSeconds: [20, 120],
  log: say,
});
console.log(flags.json ? JSON.stringify(report, undefined, 2) : chaosText(report));
process.exitCode = report.violations.length === 0 ? 0 : 1;

function say(line: string): void {
  console.error(`chaos: ${Math.round(performance.now() / 1000)} s: ${line}`);
}
