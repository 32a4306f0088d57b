import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CassandraAddress } from "@cassandra-rekey/local-cassandra";
import { newFernetKey } from "../fixture-table.ts";
import { COLUMNS, KEYSPACE } from "./bench-table.ts";
import { LineProcess } from "./line-process.ts";
import { measured } from "./measured-process.ts";

const program = fileURLToPath(new URL("../../node_modules/.bin/cassandra-rekey", import.meta.url));

interface Ended {
  readonly scanned: number;
  readonly elapsedMs: number;
  readonly outcome: string;
}

/** A job that is under way. */
export interface RunningJob {
  readonly process: LineProcess;
  /** Interrupts it; tells its rows a second. */
  readonly stop: () => Promise<number>;
}

/** One job after the other on one table, each of which rotates back what the one before it did. */
export class JobsInTurn {
  readonly #cluster: CassandraAddress;
  readonly #folder: string;
  readonly #say: (line: string) => void;
  readonly #keys = [newFernetKey(), newFernetKey()] as const;
  #rotations = 0;
  /** Carries the last job to its end, if it is not there. */
  #finish: (() => Promise<unknown>) | undefined;

  constructor(cluster: CassandraAddress, folder: string, say: (line: string) => void) {
    this.#cluster = cluster;
    this.#folder = folder;
    this.#say = say;
  }

  /** What the table's cells are under at first. */
  get firstKey(): string {
    return this.#keys[0];
  }

  /**
   * Plans a job under `throttles:`, which is all that takes a while; it starts when it is told to.
   *
   * @param launcher What the command is started with, such as `nice -n 19`.
   */
  async plan(throttles: string, launcher: readonly string[] = []): Promise<{ start: () => RunningJob }> {
    const { cwd, env, jobId } = await this.#plan(throttles, undefined);
    const start = () => {
      const [command, ...args] = [...launcher, program, "run", "--json", "--job-id", jobId];
      const running = new LineProcess(command!, args, { cwd, env });
      const stop = async () => {
        const ended = JSON.parse(await running.end("SIGINT")) as Ended;
        const rest = ["run", "--json", "--config", "free.yaml", "--job-id", jobId];
        if (ended.outcome === "done") this.#say("the job was done before the measurement: give more --rows");
        else this.#finish = () => measured(program, rest, { cwd, env });
        return rateOf(ended);
      };
      return { process: running, stop };
    };
    return { start };
  }

  /** Rows a second of a whole job, from its first page to its last. */
  async rateAlone(throttles: string, maxInFlight: number | undefined): Promise<number> {
    const { cwd, env, jobId } = await this.#plan(throttles, maxInFlight);
    const { stdout } = await measured(program, ["run", "--json", "--job-id", jobId], { cwd, env });
    return rateOf(JSON.parse(stdout) as Ended);
  }

  async #plan(throttles: string, maxInFlight: number | undefined) {
    await this.#finish?.();
    this.#finish = undefined;
    const [old, fresh] = this.#rotations % 2 === 0 ? this.#keys : [this.#keys[1], this.#keys[0]];
    this.#rotations += 1;
    const cwd = await mkdtemp(join(this.#folder, "job-"));
    await writeFile(join(cwd, "config.yaml"), this.#configuration(throttles, maxInFlight));
    await writeFile(join(cwd, "free.yaml"), this.#configuration("throttles: []", undefined));
    const env = { ...process.env, OLD_KEY: old, NEW_KEY: fresh };
    await measured(program, ["init-state"], { cwd, env });
    const planned = await measured(program, ["plan", "--json"], { cwd, env });
    const { jobId } = JSON.parse(planned.stdout) as { jobId: string };
    return { cwd, env, jobId };
  }

  #configuration(throttles: string, maxInFlight: number | undefined): string {
    const { contactPoints, port, localDc } = this.#cluster;
    return `
cluster: { contact_points: [${contactPoints.join(", ")}], port: ${port}, local_dc: ${localDc}, keyspace: ${KEYSPACE} }
provider: { type: fernet, old_key_env: OLD_KEY, new_key_env: NEW_KEY, old_key_version: v${this.#rotations}, new_key_version: v${this.#rotations + 1} }
tables: [{ name: people, encrypted_columns: [${COLUMNS.join(", ")}], chunks: 256 }]
${maxInFlight === undefined ? "" : `execution: { max_in_flight: ${maxInFlight} }`}
${throttles}
`;
  }
}

function rateOf({ scanned, elapsedMs }: Ended): number {
  return (scanned * 1000) / elapsedMs;
}
