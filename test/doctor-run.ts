import { type CliOptions, runCli } from "./cli.ts";

/** One check as `doctor --json` prints it. */
export interface PrintedCheck {
  readonly level: "OK" | "WARN" | "FAIL";
  readonly check: string;
  readonly table: string | null;
  readonly message: string;
  readonly next: string | null;
}

/** What `doctor --json` found. */
export interface DoctorRun {
  readonly status: number | null;
  readonly checks: readonly PrintedCheck[];
  /** The checks of that name, of the cluster or of one table. */
  of(check: string, table?: string): readonly PrintedCheck[];
  /** The worst outcome of the checks of that name; `undefined` when there is none. */
  level(check: string, table?: string): PrintedCheck["level"] | undefined;
}

const WORST_FIRST = ["FAIL", "WARN", "OK"] as const;

/** Runs `doctor --json`. Rejects when it could not even do that. */
export async function runDoctor(options: CliOptions): Promise<DoctorRun> {
  const { status, json, stdout, stderr } = await runCli(["doctor", "--json"], options);
  if (!json?.checks) throw new Error(`doctor ended with ${status}:\n${stdout}${stderr}`);
  const checks: readonly PrintedCheck[] = json.checks;
  const of = (check: string, table?: string) =>
    checks.filter((found) => found.check === check && (table === undefined || found.table === table));
  return {
    status,
    checks,
    of,
    level: (check, table) =>
      WORST_FIRST.find((level) => of(check, table).some((found) => found.level === level)),
  };
}

/** The checks in short, `FAIL table.key` or so, of one table or of all that is no table. */
export function inShort(checks: readonly PrintedCheck[], table: string | null): readonly string[] {
  return checks.filter((check) => check.table === table).map(({ level, check }) => `${level} ${check}`);
}
