import { realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { API_VERSION, isPlugin, type Plugin, type PluginParts, RekeyError } from "@cassandra-rekey/core";
import type { LocalModule } from "../config/settings.ts";
import { didYouMean } from "../config/suggestion.ts";
import { allowsModule, allowsPackage } from "./allow-list.ts";
import { type PartKind, partLabel } from "./part-kind.ts";
import { describeVersionGap, type PluginIndex } from "./plugin-index.ts";
import type { PluginPackage } from "./plugin-package.ts";
import { isInside } from "./plugin-package.ts";
import { unknownPart } from "./unknown-part.ts";

/** A part of a kind, as plugins declare it. */
export type PartOf<Kind extends PartKind> = NonNullable<PluginParts[Kind]>[string];

/**
 * Imports the package that has a part, and nothing else, and returns the part.
 *
 * Throws `CONFIG.UNKNOWN_PART` when no package of the index has it, `PLUGIN.INVALID` when its package is refused by
 * `allowed`, cannot be imported or is not what its package.json says, and `PLUGIN.API_VERSION`.
 */
export async function loadPart<Kind extends PartKind>(
  index: PluginIndex,
  kind: Kind,
  name: string,
  { allowed }: { readonly allowed?: readonly string[] | undefined } = {},
): Promise<PartOf<Kind>> {
  const found = index.find(kind, name);
  if (!found) throw unknownPart(index, [kind], name);
  const who = `${found.name} ${found.version}`;
  if (!allowsPackage(allowed, found)) {
    throw new RekeyError(
      "PLUGIN.INVALID",
      `The ${partLabel(kind)} "${name}" is in ${who}, which plugins.allow does not list; it was not imported`,
      { hint: `Add "${found.name}" or "${found.name}@${found.version}" to plugins.allow, if you trust it.` },
    );
  }
  const plugin = await importPlugin(entryOf(found), who, `Update or remove ${found.name}.`);
  if (plugin.apiVersion !== API_VERSION) {
    throw new RekeyError("PLUGIN.API_VERSION", describeVersionGap(found, plugin.apiVersion));
  }
  const parts: Readonly<Record<string, unknown>> = plugin[kind] ?? {};
  if (Object.hasOwn(parts, name)) return checkedPart(parts[name], kind, name, who);
  const has = Object.keys(parts).join(", ") || "none";
  throw new RekeyError(
    "PLUGIN.INVALID",
    `The package.json of ${who} promises the ${partLabel(kind)} "${name}", but its entry does not have it (${partLabel(kind)}s there: ${has})`,
  );
}

/** Imports a local module and returns its provider, or the one named. Errors as {@link loadPart}. */
export async function loadModuleProvider(
  module: LocalModule,
  { allowed }: { readonly allowed?: readonly string[] | undefined } = {},
): Promise<PartOf<"providers">> {
  if (!allowsModule(allowed, module)) {
    throw new RekeyError(
      "PLUGIN.INVALID",
      `plugins.allow does not list the local module ${module.spelling}; it was not imported`,
      { hint: `Add "${module.spelling}" to plugins.allow, if you trust it.` },
    );
  }
  const hint =
    "Its default export must be definePlugin({ name, providers: { … } }) of @cassandra-rekey/core.";
  const path = resolve(module.path);
  const plugin = await importPlugin(path, module.spelling, hint, (cause) => importHint(cause, dirname(path)));
  if (plugin.apiVersion !== API_VERSION) {
    throw new RekeyError(
      "PLUGIN.API_VERSION",
      `${module.spelling} uses a @cassandra-rekey/core with version ${plugin.apiVersion} of the plugin contract, and this cassandra-rekey speaks ${API_VERSION}`,
    );
  }
  const providers = plugin.providers ?? {};
  const names = Object.keys(providers);
  const name = module.provider ?? (names.length === 1 ? names[0] : undefined);
  if (name !== undefined && Object.hasOwn(providers, name)) {
    return checkedPart(providers[name], "providers", name, module.spelling);
  }
  if (names.length === 0)
    throw new RekeyError("PLUGIN.INVALID", `${module.spelling} has no provider`, { hint });
  throw new RekeyError(
    "CONFIG.UNKNOWN_PART",
    name === undefined
      ? `${module.spelling} has several providers (${names.join(", ")}); say which with provider`
      : `${module.spelling} has no provider "${name}"${didYouMean(name, names)}; it has ${names.join(", ")}`,
    { hint: "Name one of the module's providers next to module." },
  );
}

/** The entry's real path: a link inside the package must not lead out of it. */
function entryOf(found: PluginPackage): string {
  const problem = (what: string, hint: string, cause?: unknown) =>
    new RekeyError("PLUGIN.INVALID", `The entry of ${found.name} ${found.version} ${what}: ${found.entry}`, {
      hint,
      cause,
    });
  let entry: string;
  try {
    entry = realpathSync(found.entry);
  } catch (cause) {
    throw problem("is not there", "Build the package, or install it again.", cause);
  }
  if (isInside(found.root, entry)) return entry;
  throw problem("leads out of its folder", `Update or remove ${found.name}.`);
}

/** What to do about a local module that cannot be imported: what it imports is looked for beside it. */
function importHint(cause: unknown, folder: string): string {
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  const [, name] = /^Cannot find package '((?:@[^/']+\/)?[^/']+)/.exec(String(message)) ?? [];
  if (code !== "ERR_MODULE_NOT_FOUND" || name === undefined)
    return "Check the path, and that Node runs the file by itself.";
  return `Install what it imports beside it: \`npm install ${name}\` in ${folder}.`;
}

async function importPlugin(
  entry: string,
  who: string,
  hint: string,
  hintOf: (cause: unknown) => string = () => hint,
): Promise<Plugin> {
  let exported: { readonly default?: unknown };
  try {
    exported = await import(pathToFileURL(entry).href);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : "unknown reason";
    throw new RekeyError("PLUGIN.INVALID", `${who} cannot be imported: ${reason}`, {
      hint: hintOf(cause),
      cause,
    });
  }
  if (isPlugin(exported.default)) return exported.default;
  throw new RekeyError("PLUGIN.INVALID", `${who} has no default export made by definePlugin (${entry})`, {
    hint,
  });
}

function checkedPart<Kind extends PartKind>(
  part: unknown,
  kind: Kind,
  name: string,
  who: string,
): PartOf<Kind> {
  const { create, options } = (part ?? {}) as {
    create?: unknown;
    options?: { "~standard"?: { validate?: unknown } };
  };
  if (typeof create === "function" && typeof options?.["~standard"]?.validate === "function") {
    return part as PartOf<Kind>;
  }
  throw new RekeyError(
    "PLUGIN.INVALID",
    `The ${partLabel(kind)} "${name}" of ${who} is not complete: it needs create() and an options schema (Standard Schema)`,
  );
}
