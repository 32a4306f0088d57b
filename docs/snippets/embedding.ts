import type { Logger } from "@cassandra-rekey/core";
import { buildPluginIndex, loadConfig, openEngine, packagesOf } from "@cassandra-rekey/engine";

/** Rotates what config.yaml names, and tells whether the old key protects nothing any more. */
export async function rotate(logger: Logger, stop: AbortSignal): Promise<boolean> {
  const config = await loadConfig("config.yaml");
  // The plugins are those that this program's own package.json depends on.
  const plugins = buildPluginIndex(packagesOf("package.json"));
  await using engine = await openEngine(config, { plugins, logger });

  await engine.init();
  const health = await engine.doctor();
  if (!health.ok) return false;

  const { jobId } = await engine.plan();
  const run = await engine.run({
    jobId,
    stop,
    onProgress: ({ rowsPerSecond, waiting }) => logger.info({ rowsPerSecond, waiting }, "rekeying"),
  });
  if (run.outcome === "interrupted") return false;
  const { clean } = await engine.verify({ stop });
  return clean;
}
