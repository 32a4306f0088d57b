import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@cassandra-rekey/core";
import {
  buildPluginIndex,
  type Engine,
  type Override,
  openEngine,
  packagesOf,
  parseConfig,
} from "@cassandra-rekey/engine";
import type { CassandraAddress } from "@cassandra-rekey/local-cassandra/shared";

/** What an engine inside the test's own process is opened with. */
export interface TestEngineParts {
  readonly cluster: CassandraAddress;
  readonly keyspace: string;
  /** `tables:` and whatever else the configuration needs, as YAML. */
  readonly yaml: string;
  /** Keys as text. */
  readonly keys: { readonly target: string; readonly previous: string };
  /** The provider of both, and further options of the target, as YAML; Fernet when left out. */
  readonly provider?: { readonly name: string; readonly target?: string };
  readonly override?: Override;
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const plugins = buildPluginIndex(packagesOf(join(import.meta.dirname, "../packages/cli/package.json")));

/** An engine with a state file of its own, for tests that have to stand between the engine and its cluster. */
export async function openTestEngine(parts: TestEngineParts): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), "cassandra-rekey-engine-"));
  const { cluster, keyspace, keys, override, provider = { name: "fernet" } } = parts;
  const text = `
cluster: { contact_points: [${cluster.contactPoints.join(", ")}], port: ${cluster.port}, local_dc: ${cluster.localDc}, keyspace: ${keyspace} }
state: { type: file, path: ${join(folder, "state.db")} }
keys:
  target: { provider: ${provider.name}, version: v2, key: { env: TARGET_KEY }, ${provider.target ?? ""} }
  previous: [{ provider: ${provider.name}, version: v1, key: { env: PREVIOUS_KEY } }]
${parts.yaml}`;
  const engine = await openEngine(parseConfig(text, join(folder, "config.yaml")), {
    plugins,
    logger: silent,
    env: { TARGET_KEY: keys.target, PREVIOUS_KEY: keys.previous },
    ...(override && { override }),
  });
  const close = engine[Symbol.asyncDispose].bind(engine);
  return Object.assign(engine, {
    async [Symbol.asyncDispose]() {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  });
}
