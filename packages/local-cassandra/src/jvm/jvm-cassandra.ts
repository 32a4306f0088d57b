import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RekeyError } from "@cassandra-rekey/core";
import type { CassandraAddress } from "../cassandra-address.ts";
import type { CassandraNode, LocalCassandra } from "../local-cassandra.ts";
import { notStarted } from "../not-started.ts";
import type { WantedCassandra } from "../options.ts";
import { type NodeAnswer, untilAnswering } from "../readiness.ts";
import { runCommand } from "../run-command.ts";
import { makeTlsStores } from "../tls-stores.ts";
import { deathReport, lastLines } from "./death-report.ts";
import type { Java } from "./find-java.ts";
import { daemonArguments, nodetoolArguments } from "./jvm-arguments.ts";
import { layOutNodes, type NodeLayout } from "./node-layout.ts";
import { Supervisor } from "./supervisor.ts";

const BOOT_TIMEOUT_MS = 120_000;
const BOOT_ATTEMPTS = 3;

/** A cluster in JVMs of this machine, under a supervisor that outlives this process just long enough to end them. */
export class JvmCassandra implements LocalCassandra {
  readonly how = "jvm";
  readonly localDc: string;
  readonly contactPoints: readonly string[];
  readonly port: number;
  readonly version: string;
  readonly stopHint: string;
  declare readonly credentials?: NonNullable<CassandraAddress["credentials"]>;
  declare readonly tls?: NonNullable<CassandraAddress["tls"]>;
  declare readonly tlsRequired?: boolean;
  readonly #address: CassandraAddress;
  readonly #wanted: WantedCassandra;
  readonly #java: Java;
  readonly #jars: string;
  readonly #layouts: readonly NodeLayout[];
  readonly #supervisor: Supervisor;
  readonly #pids = new Map<number, number>();
  #stopped: Promise<void> | undefined;

  private constructor(
    wanted: WantedCassandra,
    java: Java,
    jars: string,
    address: CassandraAddress,
    layouts: readonly NodeLayout[],
    supervisor: Supervisor,
  ) {
    this.#address = address;
    this.contactPoints = address.contactPoints;
    this.port = address.port;
    this.version = address.version;
    this.localDc = address.localDc;
    if (address.credentials) this.credentials = address.credentials;
    if (address.tls) this.tls = address.tls;
    if (address.tlsRequired !== undefined) this.tlsRequired = address.tlsRequired;
    this.stopHint = `kill ${supervisor.pid}`;
    this.#wanted = wanted;
    this.#java = java;
    this.#jars = jars;
    this.#layouts = layouts;
    this.#supervisor = supervisor;
  }

  /** Starts the nodes one after the other; resolves when all answer and know each other. */
  static async start(wanted: WantedCassandra, java: Java, jars: string): Promise<JvmCassandra> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await JvmCassandra.#startOnce(wanted, java, jars);
      } catch (error) {
        // A port that was free when it was chosen may have been taken since.
        const portTaken = error instanceof RekeyError && error.problems.some((line) => /in use/i.test(line));
        if (!portTaken || wanted.port !== undefined || attempt === BOOT_ATTEMPTS) throw error;
      }
    }
  }

  static async #startOnce(wanted: WantedCassandra, java: Java, jars: string): Promise<JvmCassandra> {
    const runFolder = await mkdtemp(join(tmpdir(), "cassandra-rekey-"));
    const supervisor = new Supervisor(runFolder);
    try {
      const tls = wanted.tls && (await makeTlsStores(join(runFolder, "tls"), wanted.tls.names, java.keytool));
      const { port, nodes } = await layOutNodes(wanted, runFolder, tls?.stores);
      const address: CassandraAddress = {
        how: "jvm",
        version: wanted.version,
        contactPoints: nodes.map((node) => node.host),
        port,
        localDc: wanted.dataCenters[0]!,
        ...(wanted.auth && { credentials: { username: "cassandra", password: "cassandra" } }),
        ...(tls && wanted.tls && { tls: tls.files, tlsRequired: !wanted.tls.plaintext }),
      };
      const cassandra = new JvmCassandra(wanted, java, jars, address, nodes, supervisor);
      wanted.progress(`starting Cassandra ${wanted.version} (${wanted.nodes} × JVM, port ${port})`);
      for (const index of nodes.keys()) await cassandra.#boot(index, index);
      await cassandra.#untilAllKnowAll();
      if (wanted.keep) await supervisor.keep();
      else supervisor.release();
      return cassandra;
    } catch (error) {
      await supervisor.stop();
      // Left by a supervisor that was itself killed.
      await rm(runFolder, { recursive: true, force: true });
      throw error;
    }
  }

  get nodes(): readonly CassandraNode[] {
    return this.#layouts.map(({ host, jmxPort, folder }, index) => ({
      host,
      jmxPort,
      folder,
      pid: this.#pids.get(index) ?? 0,
    }));
  }

  async logTail(lines = 50, node = 0): Promise<string> {
    return lastLines(await readFile(this.#layout(node).log, "utf8"), lines).join("\n");
  }

  async nodetool(args: readonly string[], node = 0): Promise<string> {
    const { folder, jmxPort } = this.#layout(node);
    const setting = { javaMajor: this.#java.major, jars: this.#jars, folder, jmxPort };
    const { code, output } = await runCommand(this.#java.command, nodetoolArguments(setting, args), {
      timeoutMs: 10 * 60_000,
    });
    if (code === 0) return output;
    throw new RekeyError("USAGE.INVALID", `nodetool ${args.join(" ")} failed: ${output.trim()}`);
  }

  async killNode(node: number): Promise<void> {
    this.#layout(node);
    await this.#supervisor.kill(node);
    this.#pids.delete(node);
  }

  async startNode(node: number): Promise<void> {
    await this.#boot(node, 0);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#supervisor.stop();
    return this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#wanted.keep) await this.stop();
  }

  /** The newest node knows the others before they have heard of it. */
  async #untilAllKnowAll(): Promise<void> {
    const peers = this.#layouts.length - 1;
    if (peers === 0) return;
    const deadline = new AbortController();
    const late = notStarted("The nodes do not know each other after two minutes.", "See their logs.");
    const timeout = setTimeout(() => deadline.abort(late), BOOT_TIMEOUT_MS);
    try {
      for (const { host } of this.#layouts) {
        await untilAnswering({ ...this.#address, contactPoints: [host] }, peers, deadline.signal);
      }
    } finally {
      clearTimeout(timeout);
    }
  }

  #layout(node: number): NodeLayout {
    const layout = this.#layouts[node];
    if (layout) return layout;
    throw new RekeyError(
      "USAGE.INVALID",
      `There is no node ${node}; the first of ${this.#layouts.length} is 0.`,
    );
  }

  async #boot(node: number, peers: number): Promise<NodeAnswer> {
    const { folder, log, host, jmxPort } = this.#layout(node);
    const args = daemonArguments({
      javaMajor: this.#java.major,
      jars: this.#jars,
      folder,
      heap: this.#wanted.heap,
      jmxPort,
      more: this.#wanted.jvmArguments,
    });
    const boot = new AbortController();
    const timeout = setTimeout(
      () =>
        boot.abort(notStarted(`Cassandra on ${host} did not answer within two minutes.`, `Its log: ${log}`)),
      BOOT_TIMEOUT_MS,
    );
    const listening = new AbortController();
    try {
      const died = (how: string) => boot.abort(deathReport(this.version, host, how, log));
      const order = { kind: "start", node, command: this.#java.command, args, log, folder } as const;
      this.#pids.set(node, await this.#supervisor.start(order, died, listening.signal));
      return await untilAnswering({ ...this.#address, contactPoints: [host] }, peers, boot.signal);
    } finally {
      clearTimeout(timeout);
      listening.abort();
    }
  }
}
