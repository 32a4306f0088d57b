import { join } from "node:path";
import type { Logger } from "@cassandra-rekey/core";
import { buildPluginIndex, openEngine, packagesOf, parseConfig } from "@cassandra-rekey/engine";
import { Rotation } from "./rotation.ts";

/** Opens the engine over a configuration that the service holds as text, with the plugins that it depends on. */
export async function openRotation(
  configuration: string,
  { logger, env }: { readonly logger: Logger; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<Rotation> {
  const root = join(import.meta.dirname, "..");
  const plugins = buildPluginIndex(packagesOf(join(root, "package.json")));
  return new Rotation(
    await openEngine(parseConfig(configuration, join(root, "config.yaml")), { plugins, logger, env }),
  );
}
