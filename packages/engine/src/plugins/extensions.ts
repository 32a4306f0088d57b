import { type OptionsSchema, RekeyError } from "@cassandra-rekey/core";
import { stringify } from "yaml";
import { allowsPackage } from "./allow-list.ts";
import { partExample } from "./part-example.ts";
import { PART_KINDS, type PartKind, partLabel } from "./part-kind.ts";
import type { PluginIndex } from "./plugin-index.ts";
import { loadPart } from "./plugin-loader.ts";
import type { PluginPackage } from "./plugin-package.ts";
import { unknownPart } from "./unknown-part.ts";

/** A provider, state store, throttle or hook that a configuration can name. */
export interface Extension {
  readonly kind: PartKind;
  readonly name: string;
  readonly package: string;
  readonly version: string;
  /** Who led to the package: {@link PluginPackage.origin}. */
  readonly origin: string;
  /** Whether the configuration's `plugins.allow` lets it be imported. */
  readonly allowed: boolean;
}

/** An extension with what a configuration may say to it. */
export interface ExtensionDescription extends Extension {
  /** JSON Schema (draft 2020-12) of its options, as its package gives it. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The part of a configuration that uses it, and the same as YAML. */
  readonly example: object;
  readonly exampleText: string;
}

/** Which extensions are asked for. */
export interface ExtensionQuery {
  /** Where two kinds share the name. */
  readonly kind?: PartKind;
  readonly allowed?: readonly string[] | undefined;
}

/** Every extension of the index, by kind and name. Nothing is imported. */
export function listExtensions(
  index: PluginIndex,
  allowed?: readonly string[] | undefined,
): readonly Extension[] {
  return PART_KINDS.flatMap((kind) =>
    index.names(kind).map((name) => extensionOf(index.find(kind, name)!, kind, name, allowed)),
  );
}

/**
 * Imports the one package that has the extension, and describes it.
 *
 * Throws `CONFIG.UNKNOWN_PART` for a name that nothing has, `USAGE.INVALID` for one that several kinds have, and what
 * `loadPart` throws.
 */
export async function describeExtension(
  index: PluginIndex,
  name: string,
  { kind, allowed }: ExtensionQuery = {},
): Promise<ExtensionDescription> {
  const kinds = kind === undefined ? PART_KINDS : [kind];
  const [found, ...others] = kinds.filter((candidate) => index.find(candidate, name) !== undefined);
  if (found === undefined) throw unknownPart(index, kinds, name);
  if (others.length > 0) {
    throw new RekeyError("USAGE.INVALID", `"${name}" is the name of several extensions`, {
      hint: `Say which with --kind: ${[found, ...others].map((kind) => partLabel(kind).replaceAll(" ", "-")).join(" or ")}.`,
    });
  }
  const part = await loadPart(index, found, name, { allowed });
  const options = optionsOf(index.find(found, name)!, part.options);
  const example = partExample(found, name, options);
  return {
    ...extensionOf(index.find(found, name)!, found, name, allowed),
    options,
    example,
    exampleText: stringify(example),
  };
}

function optionsOf(owner: PluginPackage, schema: OptionsSchema): Readonly<Record<string, unknown>> {
  try {
    return schema["~standard"].jsonSchema.input({ target: "draft-2020-12" });
  } catch (cause) {
    const message = `the options of ${owner.name} ${owner.version} cannot be shown: its schema gives no JSON Schema`;
    throw new RekeyError("PLUGIN.INVALID", message, {
      cause,
      hint: `Its README may list them. Tell the author of ${owner.name}.`,
    });
  }
}

function extensionOf(
  found: PluginPackage,
  kind: PartKind,
  name: string,
  allowed: readonly string[] | undefined,
): Extension {
  return {
    kind,
    name,
    package: found.name,
    version: found.version,
    origin: found.origin,
    allowed: allowsPackage(allowed, found),
  };
}
