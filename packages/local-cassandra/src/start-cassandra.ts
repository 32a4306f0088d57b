import { dockerObstacle } from "./docker/docker-engine.ts";
import { environmentCassandra } from "./environment.ts";
import { findJava, requiredJava } from "./jvm/find-java.ts";
import { jarsOf } from "./jvm/jar-cache.ts";
import { JvmCassandra } from "./jvm/jvm-cassandra.ts";
import type { LocalCassandra } from "./local-cassandra.ts";
import { notStarted } from "./not-started.ts";
import type { CassandraOptions } from "./options.ts";
import { wantedCassandra } from "./wanted-cassandra.ts";

/**
 * Finds or starts a real Cassandra and resolves once it answers queries: the cluster that
 * `REKEY_TEST_CONTACT_POINTS` names, else a Docker container where an engine answers, else JVMs of this machine.
 * What was started ends with this process, however that ends, unless `keep` is set.
 *
 * @throws RekeyError `CLUSTER.UNREACHABLE`, whose message is one line that says what is missing, or how the
 * node died.
 */
export async function startCassandra(options: CassandraOptions = {}): Promise<LocalCassandra> {
  const wanted = wantedCassandra(options);
  if (wanted.from.includes("environment")) {
    const found = await environmentCassandra(wanted);
    if (found) return found;
  }
  const obstacles: string[] = [];
  if (wanted.from.includes("docker")) {
    const obstacle = await dockerObstacle(wanted);
    if (obstacle === undefined) {
      const { startDockerCassandra } = await import("./docker/docker-cassandra.ts");
      return await startDockerCassandra(wanted);
    }
    obstacles.push(obstacle);
  }
  if (wanted.from.includes("jvm")) {
    const java = await findJava(wanted);
    if (java.kind === "found") return await JvmCassandra.start(wanted, java, await jarsOf(wanted));
    obstacles.push(java.obstacle);
  }
  throw notStarted(
    `Cassandra ${wanted.version} cannot be started here: ${obstacles.join("; ")}.`,
    `Start a Docker engine, or install Java ${requiredJava(wanted.version)} and Maven, or name a running cluster in REKEY_TEST_CONTACT_POINTS.`,
  );
}
