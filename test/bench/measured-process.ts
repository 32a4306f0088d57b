import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** What one process cost. */
export interface Measurement {
  /** From its start to its end, seconds. */
  readonly seconds: number;
  /** The most memory that it was resident with, MiB; `undefined` where the system does not tell. */
  readonly peakMiB: number | undefined;
  /** Processor time in user and system mode, seconds, short of its last tenth; `undefined` where the system does not tell. */
  readonly cpuSeconds: number | undefined;
  readonly stdout: string;
}

const LOOK_EVERY_MS = 100;

/** Runs a command to its end and measures it from outside. Rejects when it fails. */
export function measured(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Measurement> {
  const started = performance.now();
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  let peakMiB: number | undefined;
  let cpuSeconds: number | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const looking = setInterval(() => {
    peakMiB = highWaterMark(child.pid) ?? peakMiB;
    cpuSeconds = processorTime(child.pid) ?? cpuSeconds;
  }, LOOK_EVERY_MS);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearInterval(looking);
      const seconds = (performance.now() - started) / 1000;
      if (code === 0) resolve({ seconds, peakMiB, cpuSeconds, stdout });
      else reject(new Error(`${command} ${args.join(" ")} ended with ${code}\n${stdout}${stderr}`));
    });
  });
}

/** Linux keeps each process's own peak. */
function highWaterMark(pid: number | undefined): number | undefined {
  try {
    const kiB = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kiB === undefined ? undefined : Number(kiB) / 1024;
  } catch {
    return undefined;
  }
}

/** Linux counts it in hundredths of a second. */
function processorTime(pid: number | undefined): number | undefined {
  try {
    // The name of the program stands in parentheses, and may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}
