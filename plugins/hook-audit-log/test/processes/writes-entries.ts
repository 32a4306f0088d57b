// Writes so many entries, and ends.
import { openForProcess } from "./open-for-process.ts";

await using log = await openForProcess(process.argv[2]!);
for (let n = 0; n < Number(process.argv[3]); n += 1)
  await log.on({ type: "chunk.claimed", jobId: "j", table: "t", chunkId: n, attempt: 0 }, Date.now());
