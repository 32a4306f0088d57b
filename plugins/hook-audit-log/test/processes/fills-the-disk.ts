// Writes entries until that fails, and prints how many were acknowledged and the error.
import { openForProcess } from "./open-for-process.ts";

const log = await openForProcess(process.argv[2]!);
let acknowledged = 0;
try {
  for (;;) {
    await log.on({ type: "job.vetoed", jobId: "j", hook: "h", reason: "x".repeat(500) }, 1);
    acknowledged += 1;
  }
} catch (error) {
  const { code, message } = error as { code: string; message: string };
  console.log(JSON.stringify({ acknowledged, code, message }));
}
