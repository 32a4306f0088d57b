import type { EntryReport } from "./entry-probe.ts";
import { CORE, KINDS, type Manifest, metadataOf } from "./manifest.ts";

/** What is wrong with an entry, given what its package.json says of it. */
export function entryProblems(manifest: Manifest, report: EntryReport): readonly string[] {
  return [
    ...importProblems(report),
    ...missingDependencies(manifest, report),
    ...(report.isPlugin ? partProblems(manifest, report) : []),
  ];
}

function importProblems({ failure, isPlugin, output, lingers }: EntryReport): readonly string[] {
  const problems: string[] = [];
  if (failure !== undefined) problems.push(`the entry cannot be imported: ${failure}`);
  else if (!isPlugin) problems.push("the entry's default export is not made by definePlugin");
  if (output !== "") problems.push(`importing the entry prints: ${output.split("\n")[0]?.slice(0, 200)}`);
  if (lingers)
    problems.push("importing the entry keeps the process from ending: open handles belong into create");
  return problems;
}

/** What is there only because it was installed for something else: whoever installs the package does not get it. */
function missingDependencies(manifest: Manifest, { imports }: EntryReport): readonly string[] {
  const { name, dependencies, optionalDependencies, peerDependencies } = manifest;
  const given = { ...dependencies, ...optionalDependencies, ...peerDependencies };
  return imports
    .filter((each) => each !== name && each !== CORE && !Object.hasOwn(given, each))
    .map((each) => `the entry imports ${each}, which is not in "dependencies"`);
}

function partProblems(manifest: Manifest, report: EntryReport): readonly string[] {
  const { apiVersion, parts } = metadataOf(manifest);
  const problems: string[] = [];
  if (report.name !== manifest.name) {
    problems.push(
      `definePlugin says "${String(report.name)}" where the package is "${String(manifest.name)}"`,
    );
  }
  if (report.apiVersion !== apiVersion) {
    problems.push(
      `package.json says apiVersion ${String(apiVersion)}, and the entry uses a core of ${String(report.apiVersion)}`,
    );
  }
  for (const kind of KINDS) {
    const promised = parts.get(kind) ?? [];
    const found = report.parts[kind] ?? {};
    for (const name of promised) {
      if (!Object.hasOwn(found, name))
        problems.push(`package.json promises ${kind} "${name}", which the entry lacks`);
    }
    for (const [name, part] of Object.entries(found)) {
      if (!promised.includes(name))
        problems.push(`the entry has ${kind} "${name}", which package.json does not name`);
      if (!part.create) problems.push(`${kind} "${name}" has no create()`);
      if (part.schema !== undefined) problems.push(`the options schema of ${kind} "${name}": ${part.schema}`);
    }
  }
  return problems;
}
