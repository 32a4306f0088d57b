// Claims a chunk of a job, and works on as soon as its standard input ends, writing down every acknowledged transition
// before it makes the next one.
import { once } from "node:events";
import { writeSync } from "node:fs";
import { ZERO_TOTALS } from "@cassandra-rekey/core";
import { FileStateStore } from "../../src/file-state-store.ts";
import { clock, random } from "./system-parts.ts";

const never = new AbortController().signal;
const [path, jobId, worker, leaseMs] = process.argv.slice(2) as [string, string, string, string];
await using store = new FileStateStore(path, clock, random);
const tell = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`);

const claiming = () => store.claim(jobId, worker, Number(leaseMs), never);
let claim = await claiming();
tell({ first: claim.kind });
// All go on together, and each has a chunk, however fast the others are.
await once(process.stdin.resume(), "end");
let ticks = 0;
const timer = setInterval(() => {
  ticks += 1;
}, 1);
for (; claim.kind !== "done"; claim = await claiming()) {
  if (claim.kind === "wait") {
    await clock.sleep(Math.min(claim.ms, 20));
    continue;
  }
  const { lease, chunk } = claim;
  tell({ claimed: chunk.id, epoch: lease.epoch });
  for (let seq = 1; seq <= 3; seq += 1) {
    const progress = {
      seq,
      cursor: `${seq}`,
      totals: { ...ZERO_TOTALS, scanned: chunk.totals.scanned + seq },
    };
    const outcome = await (seq < 3
      ? store.checkpoint(lease, progress, never)
      : store.finish(lease, progress, never));
    if (outcome === "lost") break;
    tell({ chunk: chunk.id, epoch: lease.epoch, seq, scanned: progress.totals.scanned, done: seq === 3 });
  }
}
clearInterval(timer);
tell({ ticks });
