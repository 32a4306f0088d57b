export type { Override } from "./compose.ts";
export { configJsonSchema, type PartSchema } from "./config/json-schema.ts";
export { allowedPluginsOf, loadConfig, parseConfig } from "./config/load-config.ts";
export { secretReader } from "./config/secrets.ts";
export type * from "./config/settings.ts";
export type * from "./engine.ts";
export type * from "./engine-dependencies.ts";
export { openEngine } from "./open-engine.ts";
export { type PartSources, PluginParts } from "./plugin-parts.ts";
export { allowsPackage } from "./plugins/allow-list.ts";
export {
  describeExtension,
  type Extension,
  type ExtensionDescription,
  type ExtensionQuery,
  listExtensions,
} from "./plugins/extensions.ts";
export { packagesBeside } from "./plugins/neighbours.ts";
export { PART_KINDS, type PartKind } from "./plugins/part-kind.ts";
export { buildPluginIndex, type PluginIndex } from "./plugins/plugin-index.ts";
export { loadPart } from "./plugins/plugin-loader.ts";
export type { PluginPackage, PluginRoot } from "./plugins/plugin-package.ts";
export { packagesOf, projectOf } from "./plugins/project-packages.ts";
export type * from "./reports.ts";
export { systemClock } from "./system-clock.ts";
export { systemRandom } from "./system-random.ts";
