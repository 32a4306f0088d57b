import { openRun, type RunOptions, type SimulatedRun } from "./simulated-run.ts";
import { key, old, seen } from "./simulated-world.ts";

/** A planned job over so many rows, which were written long before it. */
export async function filledRun(rows: number, options: RunOptions = {}): Promise<SimulatedRun> {
  const run = await openRun(options);
  for (let n = 0; n < rows; n += 1) run.table.insert(key(`k${n}`), old({ email: `${n}` }));
  await run.clock.advance(60_000);
  return run;
}

/** How many of the table's rows are still under the old key. */
export function underOld(run: SimulatedRun): number {
  return run.table.rows().filter((row) => seen(run, String(row.key[0]))![0]!.startsWith("old")).length;
}
