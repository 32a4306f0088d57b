import { type CliOptions, type CliResult, cliFolder, runCli, startCli } from "../cli.ts";
import type { WriteStyle } from "../racing-application.ts";
import type { ThreeNodes } from "../three-nodes.ts";
import type { KeyChain } from "./key-chain.ts";
import { isOutage, WorkerPool } from "./worker-pool.ts";

/** How jobs are carried out. */
export interface JobSettings {
  readonly keyspace: string;
  readonly table: string;
  readonly stateKeyspace: string;
  readonly processes: number;
  readonly chunks: number;
  readonly writes: WriteStyle;
  readonly log: (line: string) => void;
  /** Of each process, so that a job lasts long enough to be disturbed. */
  readonly rowsPerSecond: number;
}

const MOST_TRIES = 60;

/** Jobs over the table, one after the other, each by several processes of the command line behind the proxies. */
export class ChaosJobs implements AsyncDisposable {
  readonly counts = { done: 0, cellsRekeyed: 0, started: 0, gaveUp: 0 };
  /** What was wrong about a job, one line each. */
  readonly problems: string[] = [];
  /** The processes of the job at hand. */
  pool: WorkerPool | undefined;
  readonly #nodes: ThreeNodes;
  readonly #keys: KeyChain;
  readonly #settings: JobSettings;
  readonly #folder: Awaited<ReturnType<typeof cliFolder>>;

  private constructor(
    nodes: ThreeNodes,
    keys: KeyChain,
    settings: JobSettings,
    folder: Awaited<ReturnType<typeof cliFolder>>,
  ) {
    this.#nodes = nodes;
    this.#keys = keys;
    this.#settings = settings;
    this.#folder = folder;
  }

  static async open(nodes: ThreeNodes, keys: KeyChain, settings: JobSettings): Promise<ChaosJobs> {
    const jobs = new ChaosJobs(nodes, keys, settings, await cliFolder());
    await jobs.#patiently(["init-state", "--json"]);
    return jobs;
  }

  /** Plans a job to the newest key and carries it out, whatever happens to its processes. */
  async carryOut(): Promise<void> {
    const { jobId } = (await this.#patiently(["plan", "--json"])).json as { jobId: string };
    const options = this.#options();
    const pool = new WorkerPool({
      size: this.#settings.processes,
      start: () => startCli(["run", "--json", "--job-id", jobId], options),
      log: this.#settings.log,
    });
    this.pool = pool;
    try {
      this.#took(await pool.untilDone());
    } finally {
      this.pool = undefined;
      this.counts.started += pool.counts.started;
      this.counts.gaveUp += pool.counts.gaveUp;
    }
  }

  /** Carries out one more job in peace, and verifies that nothing is under an old key then. */
  async comeClean(): Promise<void> {
    await this.#patiently(["plan", "--json"], []);
    const swept = await this.#patiently(["run", "--json"], []);
    this.#took(swept.json);
    const verified = await this.#patiently(["verify", "--json"], []);
    if (verified.json?.clean !== true)
      this.problems.push(`verify is not clean: ${JSON.stringify(verified.json?.findings ?? verified.json)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pool?.end();
    await this.#folder[Symbol.asyncDispose]();
  }

  #took(report: CliResult["json"]): void {
    this.counts.done += 1;
    this.counts.cellsRekeyed += report.totals.cellsRekeyed;
    if (report.quarantined > 0)
      this.problems.push(`job ${report.jobId} put ${report.quarantined} cells in quarantine`);
  }

  /** A command that is not in itself what is tried: again, as long as an outage is what it fails by. */
  async #patiently(args: readonly string[], throttles?: readonly object[]): Promise<CliResult> {
    for (let tried = 1; ; tried += 1) {
      const result = await runCli(args, this.#options(throttles));
      if (result.status === 0 || result.status === 1) return result;
      if (!isOutage(result) || tried === MOST_TRIES)
        throw new Error(`${args.join(" ")} ended with ${result.status}:\n${result.stdout}${result.stderr}`);
    }
  }

  #options(
    throttles: readonly object[] = [{ type: "rate", rows_per_second: this.#settings.rowsPerSecond }],
  ): CliOptions {
    const { keyspace, table, stateKeyspace, chunks } = this.#settings;
    const { contactPoints, port, localDc } = this.#nodes.proxied;
    const lwt = this.#settings.writes === "lwt" && { use_lwt_guard: true, application_writes: "lwt" };
    const config = {
      cluster: {
        contact_points: contactPoints,
        port,
        local_dc: localDc,
        keyspace,
        request_timeout_ms: 5_000,
      },
      keys: this.#keys.configuration,
      tables: [{ name: table, encrypted_columns: ["email", "document"], chunks, ...lwt }],
      state: { keyspace: stateKeyspace },
      execution: {
        workers: 2,
        page_size: 40,
        lease_seconds: 10,
        checkpoint_interval_ms: 500,
        max_write_age_seconds: 5,
        settle_seconds: 2,
      },
      throttles,
    };
    return { cwd: this.#folder.path, env: this.#keys.environment, config };
  }
}
