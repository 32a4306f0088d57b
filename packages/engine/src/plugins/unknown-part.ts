import { RekeyError } from "@cassandra-rekey/core";
import { nearest } from "../config/suggestion.ts";
import { KNOWN_PARTS, knownPackageOf } from "./known-plugins.ts";
import { type PartKind, partLabel } from "./part-kind.ts";
import type { PluginIndex } from "./plugin-index.ts";

/** Why a name is not to be had: the package that has it, or the nearest names. `kinds` are those that it may be of. */
export function unknownPart(index: PluginIndex, kinds: readonly PartKind[], name: string): RekeyError {
  for (const kind of kinds) {
    const elsewhere = besideTheProgram(index, kind, name) ?? notInstalled(kind, name);
    if (elsewhere) return elsewhere;
  }
  const installed = kinds.flatMap((kind) => index.names(kind));
  const known = kinds.flatMap((kind) => KNOWN_PARTS[kind]);
  const near = nearest(name, new Set([...installed, ...known]));
  const owner =
    near === undefined || installed.includes(near)
      ? undefined
      : kinds.map((kind) => knownPackageOf(kind, near)).find((found) => found !== undefined);
  const guess = near === undefined ? "" : ` (did you mean "${near}"${owner ? ` of ${owner}` : ""}?)`;
  const wanted = kinds.length === 1 ? `a ${partLabel(kinds[0]!)}` : "anything named";
  return new RekeyError(
    "CONFIG.UNKNOWN_PART",
    `No installed plugin has ${wanted} "${name}"${guess}; installed: ${installed.join(", ") || "none"}`,
  );
}

function besideTheProgram(index: PluginIndex, kind: PartKind, name: string): RekeyError | undefined {
  const found = index.beside().find((plugin) => plugin.parts[kind].includes(name));
  if (!found) return undefined;
  return new RekeyError(
    "CONFIG.UNKNOWN_PART",
    `The ${partLabel(kind)} "${name}" is in ${found.name} ${found.version}, which is installed beside this program (${found.root}), where plugins are not looked for`,
    { hint: `Install it into the program: cassandra-rekey plugins install ${found.name}@${found.version}` },
  );
}

function notInstalled(kind: PartKind, name: string): RekeyError | undefined {
  const owner = knownPackageOf(kind, name);
  if (owner === undefined) return undefined;
  return new RekeyError(
    "CONFIG.UNKNOWN_PART",
    `The ${partLabel(kind)} "${name}" is in ${owner}, which is not installed`,
    { hint: `Install it: cassandra-rekey plugins install ${owner}` },
  );
}
