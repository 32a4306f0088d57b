import { join } from "node:path";
import { type Logger, RekeyError } from "@cassandra-rekey/core";
import type { PluginIndex } from "@cassandra-rekey/engine";
import type { Config } from "@oclif/core";
import type { EngineAccess, OpenedEngine } from "./engine-access.ts";
import { pluginRoots } from "./plugin-roots.ts";

// Imported when a command needs it: the engine brings the driver, and help must not wait for that.
const engineModule = () => import("@cassandra-rekey/engine");

/** The real engine, with the plugins that this program, `plugins install` and the configuration's project offer. */
export function createEngineAccess(oclif: Pick<Config, "bin" | "root" | "plugins">): EngineAccess {
  const findPlugins = async (configPath: string, logger?: Logger): Promise<PluginIndex> => {
    const { buildPluginIndex, packagesBeside, packagesOf, projectOf } = await engineModule();
    const index = buildPluginIndex(
      pluginRoots({
        program: join(oclif.root, "package.json"),
        installed: oclif.plugins.values(),
        project: projectOf(configPath),
        packagesOf,
      }),
      { beside: () => packagesBeside(oclif.root) },
    );
    for (const note of index.notes) logger?.debug({}, note);
    return index;
  };

  return {
    async open(configPath, logger): Promise<OpenedEngine> {
      const { loadConfig, openEngine } = await engineModule();
      const config = await loadConfig(configPath);
      const plugins = await findPlugins(configPath, logger);
      const { execution } = config.settings;
      return {
        engine: await openEngine(config, { plugins, logger }),
        dryRun: execution.dryRun,
        stuckAfterSeconds: execution.stuckChunkSeconds,
        warnings: config.warnings,
      };
    },

    async check(configPath, logger) {
      const { loadConfig, PluginParts, secretReader, systemClock, systemRandom } = await engineModule();
      const config = await loadConfig(configPath);
      const parts = new PluginParts({
        config,
        plugins: await findPlugins(configPath, logger),
        logger,
        clock: systemClock,
        random: systemRandom,
        signal: new AbortController().signal,
        secret: secretReader({ env: process.env, directory: config.directory }),
        cluster: async () => {
          throw new RekeyError("INTERNAL.INVARIANT", "checking a configuration asked for the cluster");
        },
        workers: config.settings.execution.workers,
      });
      await parts.check();
      return config.warnings;
    },

    async schema(configPath) {
      const { PART_KINDS, allowedPluginsOf, allowsPackage, configJsonSchema, loadPart } =
        await engineModule();
      const allowed = await allowedPluginsOf(configPath);
      const plugins = await findPlugins(configPath);
      const named = plugins.packages
        .filter((found) => allowsPackage(allowed, found))
        .flatMap((found) => PART_KINDS.flatMap((kind) => found.parts[kind].map((name) => ({ kind, name }))));
      return configJsonSchema(
        await Promise.all(
          named.map(async ({ kind, name }) => {
            const { options } = await loadPart(plugins, kind, name, { allowed });
            return { kind, name, options };
          }),
        ),
      );
    },

    async extensions(configPath) {
      const { allowedPluginsOf, listExtensions } = await engineModule();
      const allowed = await allowedPluginsOf(configPath);
      const plugins = await findPlugins(configPath);
      const unused = plugins.beside().map(({ name, version, root }) => {
        const install = `${oclif.bin} plugins install ${name}@${version}`;
        return `${name} ${version} lies beside this program (${root}) and is not used; \`${install}\` makes it usable`;
      });
      return { extensions: listExtensions(plugins, allowed), notes: [...plugins.notes, ...unused] };
    },

    async extension(configPath, name, kind, logger) {
      const { allowedPluginsOf, describeExtension } = await engineModule();
      const allowed = await allowedPluginsOf(configPath);
      const plugins = await findPlugins(configPath, logger);
      return describeExtension(plugins, name, { allowed, ...(kind !== undefined && { kind }) });
    },
  };
}
