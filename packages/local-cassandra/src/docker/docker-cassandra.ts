import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RekeyError } from "@cassandra-rekey/core";
import type { StartedTestContainer } from "testcontainers";
import type { CassandraAddress } from "../cassandra-address.ts";
import { cassandraYaml } from "../cassandra-yaml.ts";
import type { LocalCassandra } from "../local-cassandra.ts";
import { rackDc } from "../node-conf.ts";
import { notStarted } from "../not-started.ts";
import type { WantedCassandra } from "../options.ts";
import { untilAnswering } from "../readiness.ts";
import { makeTlsStores } from "../tls-stores.ts";

const NATIVE_PORT = 9042;
const BOOT_TIMEOUT_MS = 180_000;
const CONF = "/etc/cassandra";

/** One node in a container of the official image, with the same cassandra.yaml as a local JVM gets. */
export async function startDockerCassandra(wanted: WantedCassandra): Promise<LocalCassandra> {
  // Its reaper removes containers of a process that is gone, which is what `keep` is not to have.
  if (wanted.keep) process.env.TESTCONTAINERS_RYUK_DISABLED = "true";
  const { GenericContainer } = await import("testcontainers");
  const files = await mkdtemp(join(tmpdir(), "cassandra-rekey-"));
  let container: StartedTestContainer | undefined;
  try {
    const tls = wanted.tls && (await makeTlsStores(join(files, "tls"), wanted.tls.names, "keytool"));
    const stores = tls && { keystore: `${CONF}/server.p12`, truststore: `${CONF}/trust.p12` };
    const dataCenter = wanted.dataCenters[0]!;
    wanted.progress(`starting Cassandra ${wanted.version} in Docker`);
    const definition = new GenericContainer(`cassandra:${wanted.version}`)
      .withEnvironment({
        MAX_HEAP_SIZE: wanted.heap,
        HEAP_NEWSIZE: "128m",
        JVM_EXTRA_OPTS: [
          "-Dcassandra.ring_delay_ms=1000",
          "-Dcassandra.skip_wait_for_gossip_to_settle=0",
          "-Dcassandra.superuser_setup_delay_ms=0",
          "-Dcassandra.auth_bcrypt_gensalt_log2_rounds=4",
          ...wanted.jvmArguments,
        ].join(" "),
      })
      .withExposedPorts(
        wanted.port === undefined ? NATIVE_PORT : { container: NATIVE_PORT, host: wanted.port },
      )
      .withCopyContentToContainer([
        { target: `${CONF}/cassandra.yaml`, content: containerYaml(wanted, stores) },
        { target: `${CONF}/cassandra-rackdc.properties`, content: rackDc(dataCenter) },
      ])
      .withCopyFilesToContainer(
        tls && stores
          ? [
              { source: tls.stores.keystore, target: stores.keystore },
              { source: tls.stores.truststore, target: stores.truststore },
            ]
          : [],
      );
    container = await definition.start();
    const address: CassandraAddress = {
      how: "docker",
      version: wanted.version,
      contactPoints: [container.getHost() === "localhost" ? "127.0.0.1" : container.getHost()],
      port: container.getMappedPort(NATIVE_PORT),
      localDc: dataCenter,
      ...(wanted.auth && { credentials: { username: "cassandra", password: "cassandra" } }),
      ...(tls && wanted.tls && { tls: tls.files, tlsRequired: !wanted.tls.plaintext }),
    };
    await untilAnsweringIn(container, address);
    return dockerCassandra(address, container, wanted.keep, files);
  } catch (error) {
    await container?.stop();
    await rm(files, { recursive: true, force: true });
    throw error;
  }
}

/** The image's data folders; it listens inside on loopback, and to clients as the address that they dial. */
function containerYaml(wanted: WantedCassandra, stores: Parameters<typeof cassandraYaml>[2]): string {
  const config = { rpc_address: "0.0.0.0", broadcast_rpc_address: "127.0.0.1", ...wanted.config };
  const place = {
    folder: "/var/lib/cassandra",
    host: "127.0.0.1",
    seed: "127.0.0.1",
    nativePort: NATIVE_PORT,
    storagePort: 7000,
    sslStoragePort: 7001,
  };
  return cassandraYaml({ ...wanted, config }, place, stores);
}

async function untilAnsweringIn(container: StartedTestContainer, address: CassandraAddress): Promise<void> {
  const boot = new AbortController();
  const logs = await container.logs();
  logs.resume().once("end", async () => {
    const lines = (await logTail(container, 15).catch(() => "")).split("\n");
    boot.abort(
      notStarted(`Cassandra in Docker died while it started: ${lines.at(-1)}`, "See its log.", lines),
    );
  });
  const timeout = setTimeout(
    () => boot.abort(notStarted("Cassandra in Docker did not answer within three minutes.", "See its log.")),
    BOOT_TIMEOUT_MS,
  );
  try {
    await untilAnswering(address, 0, boot.signal);
  } finally {
    clearTimeout(timeout);
    logs.destroy();
  }
}

function dockerCassandra(
  address: CassandraAddress,
  container: StartedTestContainer,
  keep: boolean,
  files: string,
): LocalCassandra {
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= container.stop().then(() => rm(files, { recursive: true, force: true }));
    return stopped;
  };
  return {
    ...address,
    nodes: [],
    stopHint: `docker rm -f ${container.getId().slice(0, 12)} && rm -rf ${files}`,
    logTail: (lines = 50) => logTail(container, lines),
    async nodetool(args) {
      const { exitCode, output } = await container.exec(["nodetool", ...args]);
      if (exitCode === 0) return output;
      throw new RekeyError("USAGE.INVALID", `nodetool ${args.join(" ")} failed: ${output.trim()}`);
    },
    killNode: () => jvmOnly("Killing"),
    startNode: () => jvmOnly("Starting"),
    stop,
    async [Symbol.asyncDispose]() {
      if (!keep) await stop();
    },
  };
}

async function logTail(container: StartedTestContainer, lines: number): Promise<string> {
  const stream = await container.logs({ tail: lines });
  const chunks: Buffer[] = [];
  const ended = Promise.withResolvers<void>();
  stream.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
  stream.once("end", () => ended.resolve());
  // A running container's log never ends: what is there comes at once.
  const quiet = setTimeout(() => ended.resolve(), 500);
  await ended.promise;
  clearTimeout(quiet);
  stream.destroy();
  return Buffer.concat(chunks).toString().trimEnd();
}

async function jvmOnly(what: string): Promise<never> {
  throw new RekeyError(
    "USAGE.INVALID",
    `${what} a node works with local JVMs only; ask for { from: ["jvm"] }.`,
  );
}
