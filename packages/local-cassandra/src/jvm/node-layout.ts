import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cassandraYaml } from "../cassandra-yaml.ts";
import { LOGBACK, LOGBACK_TOOLS, rackDc } from "../node-conf.ts";
import type { WantedCassandra } from "../options.ts";
import type { TlsStores } from "../tls-stores.ts";
import { nodeHosts } from "../wanted-cassandra.ts";
import { freePorts } from "./free-ports.ts";

/** One node's place on this machine. */
export interface NodeLayout {
  readonly folder: string;
  readonly log: string;
  readonly host: string;
  readonly jmxPort: number;
}

/** Chooses the ports of a cluster and writes each node's configuration under `runFolder`. */
export async function layOutNodes(
  wanted: WantedCassandra,
  runFolder: string,
  stores: TlsStores | undefined,
): Promise<{ readonly port: number; readonly nodes: readonly NodeLayout[] }> {
  const hosts = nodeHosts(wanted.nodes);
  const [chosenPort = 0, storagePort = 0, sslStoragePort = 0, ...jmxPorts] = await freePorts(
    3 + hosts.length,
    hosts,
  );
  const port = wanted.port ?? chosenPort;
  const nodes = hosts.map((host, index) => {
    const folder = join(runFolder, `node${index + 1}`);
    return { host, folder, log: join(folder, "log", "system.log"), jmxPort: jmxPorts[index] ?? 0 };
  });
  for (const [index, { folder, host }] of nodes.entries()) {
    const clientHost = wanted.clientHosts[index];
    for (const name of ["conf", "log", "tmp"]) await mkdir(join(folder, name), { recursive: true });
    const conf = (name: string, text: string) => writeFile(join(folder, "conf", name), text);
    await conf(
      "cassandra.yaml",
      cassandraYaml(
        wanted,
        { folder, host, clientHost, seed: hosts[0] ?? host, nativePort: port, storagePort, sslStoragePort },
        stores,
      ),
    );
    await conf("cassandra-rackdc.properties", rackDc(wanted.dataCenters[index]!));
    await conf("logback.xml", LOGBACK);
    await conf("logback-tools.xml", LOGBACK_TOOLS);
  }
  return { port, nodes };
}
