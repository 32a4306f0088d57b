import { readFileSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import type { ErrorCode } from "@cassandra-rekey/core";
import { z } from "zod";
import { reasonOf } from "../config/config-file.ts";
import { nearest } from "../config/suggestion.ts";
import { PART_KINDS, type PartKind } from "./part-kind.ts";

/** The key of package.json that makes a package a plugin. */
export const METADATA_KEY = "cassandra-rekey";

/** A package to look at. It need not be a plugin. */
export interface PluginRoot {
  /** The package's package.json. */
  readonly packageJson: string;
  /** Who led to it, for messages: `cassandra-rekey`, `/app/package.json`, `plugins install`. */
  readonly origin: string;
}

/** One plugin package as its package.json describes it. */
export interface PluginPackage {
  readonly name: string;
  readonly version: string;
  /** The package's folder, with symbolic links resolved. */
  readonly root: string;
  /** The entry module, an absolute path inside `root`. */
  readonly entry: string;
  readonly apiVersion: number;
  readonly origin: string;
  readonly parts: Readonly<Record<PartKind, readonly string[]>>;
}

/** What is wrong with a package, ready to be an error. */
export interface PackageProblem {
  readonly code: ErrorCode;
  readonly message: string;
}

const partNames = z
  .array(
    z.string().regex(/^[a-z][a-z0-9_-]*$/, "names must be lower case, such as aws-kms"),
    "must be a list of names",
  )
  // Said twice is said.
  .transform((names) => [...new Set(names)])
  .default([]);

const metadataSchema = z.looseObject({
  apiVersion: z
    .int("must be a whole number: the API_VERSION of @cassandra-rekey/core")
    .min(1, "must be 1 or more"),
  entry: z.string("must be the file name of the entry module").startsWith("./", 'must begin with "./"'),
  providers: partNames,
  stateStores: partNames,
  throttles: partNames,
  hooks: partNames,
} satisfies Record<PartKind | "apiVersion" | "entry", z.ZodType>);

/** Reads one package's metadata: `undefined` when it is no plugin, problems when it is a broken one. */
export function readPluginPackage(
  { packageJson, origin }: PluginRoot,
  notes: string[],
): PluginPackage | { readonly problems: readonly PackageProblem[] } | undefined {
  const invalid = (lines: readonly string[]) => ({
    problems: lines.map((line) => ({
      code: "PLUGIN.INVALID" as const,
      message: `${packageJson} (from ${origin}) ${line}`,
    })),
  });
  let manifest: unknown;
  let root: string;
  try {
    root = realpathSync(dirname(packageJson));
    manifest = JSON.parse(readFileSync(packageJson, "utf8"));
  } catch (cause) {
    return invalid([cause instanceof SyntaxError ? "is not JSON" : reasonOf(cause)]);
  }
  if (typeof manifest !== "object" || manifest === null || !(METADATA_KEY in manifest)) return undefined;
  const { name, version, [METADATA_KEY]: metadata } = manifest as Record<string, unknown>;
  if (typeof name !== "string" || typeof version !== "string") return invalid(["has no name or no version"]);

  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success) {
    return invalid(
      parsed.error.issues.map((issue) => {
        const at = [`"${METADATA_KEY}"`, ...issue.path].join(".");
        return `has metadata that cannot be used: ${at} ${issue.path.length === 0 ? "must be an object" : issue.message}`;
      }),
    );
  }
  const { apiVersion, entry } = parsed.data;
  const unknown = Object.keys(parsed.data).filter((key) => !(key in metadataSchema.shape));
  for (const key of unknown)
    notes.push(`${packageJson} has an unknown "${METADATA_KEY}" key: ${key}${meant(key)}`);
  const entryPath = resolve(root, entry);
  if (!isInside(root, entryPath)) return invalid([`has an entry outside its own folder: ${entry}`]);
  const { providers, stateStores, throttles, hooks } = parsed.data;
  if (PART_KINDS.every((kind) => parsed.data[kind].length === 0)) {
    const [near] = unknown.map(meant).filter((text) => text !== "");
    return invalid([`names no ${PART_KINDS.join(", ")} under "${METADATA_KEY}"${near ?? ""}`]);
  }
  return {
    name,
    version,
    root,
    entry: entryPath,
    apiVersion,
    origin,
    parts: { providers, stateStores, throttles, hooks },
  };
}

function meant(key: string): string {
  const near = nearest(key, Object.keys(metadataSchema.shape));
  return near === undefined ? "" : ` (is ${near} meant?)`;
}

/** Whether `path` is below `folder`. Both absolute. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
