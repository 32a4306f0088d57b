import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CassandraAddress } from "@cassandra-rekey/local-cassandra";
import { newFernetKey } from "../fixture-table.ts";
import { KEYSPACE } from "./bench-table.ts";
import { type Measurement, measured } from "./measured-process.ts";

/** What a process of a rotation is started with. */
export interface RotationPlace {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Rotations of one table, one after the other: each takes back what the one before it did. */
export class Rotations {
  readonly #program: string;
  readonly #cluster: CassandraAddress;
  readonly #parent: string;
  readonly #keys = [newFernetKey(), newFernetKey()] as const;
  #begun = 0;

  /** `program`: the command line. `parent`: where each rotation gets a folder. */
  constructor(program: string, cluster: CassandraAddress, parent: string) {
    this.#program = program;
    this.#cluster = cluster;
    this.#parent = parent;
  }

  /** What the table's cells are under at first. */
  get firstKey(): string {
    return this.#keys[0];
  }

  /** Sets up the next one: its state, and a file for each configuration, in YAML without the cluster and the keys. */
  async begin(configurations: Readonly<Record<`${string}.yaml`, string>>): Promise<RotationPlace> {
    const [old, fresh] = this.#begun % 2 === 0 ? this.#keys : [this.#keys[1], this.#keys[0]];
    this.#begun += 1;
    const { contactPoints, port, localDc } = this.#cluster;
    const place = {
      cwd: await mkdtemp(join(this.#parent, "rotation-")),
      env: { ...process.env, OLD_KEY: old, NEW_KEY: fresh },
    };
    for (const [name, yaml] of Object.entries(configurations))
      await writeFile(
        join(place.cwd, name),
        `
cluster: { contact_points: [${contactPoints.join(", ")}], port: ${port}, local_dc: ${localDc}, keyspace: ${KEYSPACE} }
provider: { type: fernet, old_key_env: OLD_KEY, new_key_env: NEW_KEY, old_key_version: v${this.#begun}, new_key_version: v${this.#begun + 1} }
${yaml}
`,
      );
    // The Python tool's own init-state asks for three replicas, which one node does not have.
    await measured(this.#program, ["init-state"], place);
    return place;
  }

  /** Plans a job and gives its id. */
  async plan(place: RotationPlace): Promise<string> {
    const { stdout } = await measured(this.#program, ["plan", "--json"], place);
    return (JSON.parse(stdout) as { jobId: string }).jobId;
  }

  /** Carries a job out, from the command's start to its end. */
  run(place: RotationPlace, jobId: string, ...flags: readonly string[]): Promise<Measurement> {
    return measured(this.#program, ["run", "--json", "--job-id", jobId, ...flags], place);
  }

  /** The whole of the next rotation; what is measured is its run. Fails where not all rows were rewritten. */
  async carryOut(yaml: string, rows: number): Promise<Measurement> {
    const place = await this.begin({ "config.yaml": yaml });
    const result = await this.run(place, await this.plan(place));
    const { totals } = JSON.parse(result.stdout) as { totals: { rekeyed: number } };
    if (totals.rekeyed !== rows) throw new Error(`${totals.rekeyed} of ${rows} rows were rekeyed`);
    return result;
  }
}
