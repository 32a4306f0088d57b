import { API_VERSION } from "@cassandra-rekey/core";
import { CORE, isObject, KINDS, type Manifest, metadataOf } from "./manifest.ts";

/** What a plugin is used by, and so must not bring along. */
const ABOVE = ["@cassandra-rekey/engine", "cassandra-rekey", "tsyringe", "@cassandra-rekey/testkit"];
const KEYWORD = "cassandra-rekey-plugin";
const NAME = /^[a-z][a-z0-9_-]*$/;

/** What is wrong with a plugin's package.json, a line each, with the reason. */
export function manifestProblems(manifest: Manifest): readonly string[] {
  return [
    ...identityProblems(manifest),
    ...metadataProblems(manifest),
    ...dependencyProblems(manifest),
    ...rootProblems(manifest),
  ];
}

function identityProblems({ name, version, type, oclif, keywords }: Manifest): readonly string[] {
  const problems: string[] = [];
  if (typeof name !== "string" || typeof version !== "string") problems.push("it has no name or no version");
  if (type !== "module") problems.push('"type" is not "module": entries are imported as ES modules');
  if (!isObject(oclif)) {
    problems.push(
      'there is no "oclif": {}: without it `cassandra-rekey plugins install` refuses the package',
    );
  }
  if (!Array.isArray(keywords) || !keywords.includes(KEYWORD)) {
    problems.push(`"keywords" lacks "${KEYWORD}", by which plugins are found`);
  }
  return problems;
}

function metadataProblems(manifest: Manifest): readonly string[] {
  const given = manifest["cassandra-rekey"];
  if (!isObject(given)) return ['there is no "cassandra-rekey" object: nothing tells that it is a plugin'];
  const { apiVersion, entry, parts } = metadataOf(manifest);
  const problems: string[] = [];
  if (apiVersion !== API_VERSION) {
    problems.push(`"apiVersion" is ${JSON.stringify(apiVersion)}, and the contract here is ${API_VERSION}`);
  }
  if (entry === undefined) {
    problems.push(
      `"entry" is ${JSON.stringify(given["entry"])}: it must begin with "./" and stay inside the package`,
    );
  }
  for (const kind of KINDS) {
    const value = given[kind];
    if (value !== undefined && (!Array.isArray(value) || value.length !== parts.get(kind)?.length)) {
      problems.push(`"${kind}" is not a list of names`);
    }
  }
  const names = [...parts].flatMap(([kind, list]) => list.map((name) => ({ kind, name })));
  if (names.length === 0) problems.push(`it names no ${KINDS.join(", ")}`);
  for (const { kind, name } of names) {
    if (!NAME.test(name)) problems.push(`the name "${name}" in "${kind}" is not lower case, such as aws-kms`);
  }
  const known: readonly string[] = ["apiVersion", "entry", ...KINDS];
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) problems.push(`"${key}" means nothing under "cassandra-rekey"`);
  }
  return problems;
}

function dependencyProblems({ dependencies = {}, peerDependencies = {} }: Manifest): readonly string[] {
  const problems: string[] = [];
  if (CORE in peerDependencies) {
    problems.push(`${CORE} is a peer dependency: peers of different ranges make the second install fail`);
  } else if (!(CORE in dependencies)) {
    problems.push(`${CORE} is not in "dependencies": each plugin brings its own copy`);
  }
  for (const name of ABOVE) {
    if (name in dependencies || name in peerDependencies)
      problems.push(`it depends on ${name}, which uses plugins`);
  }
  return problems;
}

/** oclif takes the first folder above the main module that ends in the package's name for the package's root. */
function rootProblems(manifest: Manifest): readonly string[] {
  const { name, main, exports } = manifest;
  if (typeof name !== "string") return [];
  const short = name.split("/").at(-1)!;
  const entries = [main, ...pathsIn(exports), metadataOf(manifest).entry].filter(
    (it) => typeof it === "string",
  );
  const folders = entries.flatMap((entry) => entry.split("/").slice(0, -1));
  const [wrong] = folders.filter((folder) => folder.endsWith(short));
  return wrong === undefined
    ? []
    : [`the folder ${wrong} ends in the package's name: oclif would take it for the package's root`];
}

function pathsIn(exports: unknown): readonly string[] {
  if (typeof exports === "string") return [exports];
  return isObject(exports) ? Object.values(exports).flatMap(pathsIn) : [];
}
