import { fileURLToPath } from "node:url";
import type { CassandraAddress } from "@cassandra-rekey/local-cassandra";
import { freePort } from "../free-port.ts";
import { COLUMNS } from "./bench-table.ts";
import { LineProcess } from "./line-process.ts";
import { Rotations } from "./rotations.ts";

const program = fileURLToPath(new URL("../../node_modules/.bin/cassandra-rekey", import.meta.url));
const TABLE = `tables: [{ name: people, encrypted_columns: [${COLUMNS.join(", ")}], chunks: 256 }]`;

interface Ended {
  readonly scanned: number;
  readonly elapsedMs: number;
  readonly outcome: string;
}

/** A job that is under way. */
export interface RunningJob {
  readonly process: LineProcess;
  /** Rows that it has read so far. */
  readonly rows: () => Promise<number>;
  /** Interrupts it. */
  readonly stop: () => Promise<void>;
}

/** One job after the other on one table, each of which rotates back what the one before it did. */
export class JobsInTurn {
  readonly #rotations: Rotations;
  readonly #say: (line: string) => void;
  /** Carries the last job to its end, if it is not there. */
  #finish: (() => Promise<unknown>) | undefined;

  constructor(cluster: CassandraAddress, folder: string, say: (line: string) => void) {
    this.#rotations = new Rotations(program, cluster, folder);
    this.#say = say;
  }

  /** What the table's cells are under at first. */
  get firstKey(): string {
    return this.#rotations.firstKey;
  }

  /**
   * Plans a job under `throttles:`, which is all that takes a while; it starts when it is told to.
   *
   * @param launcher What the command is started with, such as `nice -n 19`.
   */
  async plan(throttles: string, launcher: readonly string[] = []): Promise<{ start: () => RunningJob }> {
    const metricsPort = await freePort();
    const hooks = `hooks: [{ type: prometheus, port: ${metricsPort}, ports: 1 }]`;
    const { place, jobId } = await this.#plan(`${throttles}\n${hooks}`, undefined);
    const start = () => {
      const [command, ...args] = [...launcher, program, "run", "--json", "--job-id", jobId];
      const running = new LineProcess(command!, args, place);
      const stop = async () => {
        const ended = JSON.parse(await running.end("SIGINT")) as Ended;
        if (ended.outcome === "done") this.#say("the job was done before the measurement: give more --rows");
        else this.#finish = () => this.#rotations.run(place, jobId, "--config", "free.yaml");
      };
      return { process: running, rows: () => rowsScanned(metricsPort), stop };
    };
    return { start };
  }

  /** Rows a second of a whole job, from its first page to its last. */
  async rateAlone(throttles: string, maxInFlight: number | undefined): Promise<number> {
    const { place, jobId } = await this.#plan(throttles, maxInFlight);
    const { stdout } = await this.#rotations.run(place, jobId);
    return rateOf(JSON.parse(stdout) as Ended);
  }

  async #plan(throttles: string, maxInFlight: number | undefined) {
    await this.#finish?.();
    this.#finish = undefined;
    const execution = maxInFlight === undefined ? "" : `execution: { max_in_flight: ${maxInFlight} }`;
    const place = await this.#rotations.begin({
      "config.yaml": `${TABLE}\n${execution}\n${throttles}`,
      "free.yaml": `${TABLE}\nthrottles: []`,
    });
    return { place, jobId: await this.#rotations.plan(place) };
  }
}

async function rowsScanned(metricsPort: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  const counts = (await response.text()).matchAll(/^cassandra_rekey_rows_scanned_total\{.*\} (\S+)$/gm);
  return [...counts].reduce((sum, [, rows]) => sum + Number(rows), 0);
}

function rateOf({ scanned, elapsedMs }: Ended): number {
  return (scanned * 1000) / elapsedMs;
}
