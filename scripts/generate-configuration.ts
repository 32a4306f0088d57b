import {
  buildPluginIndex,
  configJsonSchema,
  loadPart,
  type PartSchema,
  packagesOf,
} from "../packages/engine/dist/index.js";

const KINDS = ["providers", "stateStores", "throttles", "hooks"] as const;
const PROGRAM = "packages/cli/package.json";

/** The JSON Schema of the whole configuration, with the options of every plugin that the command line brings. */
export async function configurationSchema(): Promise<string> {
  return `${JSON.stringify(configJsonSchema(await ownParts()), null, 2)}\n`;
}

/** Every part of the plugins that the command line depends on. */
async function ownParts(): Promise<readonly PartSchema[]> {
  const index = buildPluginIndex(packagesOf(PROGRAM));
  const named = KINDS.flatMap((kind) => index.names(kind).map((name) => ({ kind, name })));
  return Promise.all(
    named.map(async ({ kind, name }) => ({
      kind,
      name,
      options: (await loadPart(index, kind, name)).options,
    })),
  );
}
