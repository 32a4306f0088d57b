import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import type { CopiedPackage } from "./workspace-copy.ts";

/** What is in tarballs besides package.json, README.md, LICENSE and what is compiled from `src`. */
const BESIDES: Readonly<Record<string, readonly string[]>> = {
  "cassandra-rekey": ["bin/run.js", "oclif.manifest.json"],
  "create-cassandra-rekey-plugin": ["bin/create.js", "templates/"],
  "@cassandra-rekey/local-cassandra": ["maven/pom.xml"],
};
const ALWAYS = ["package.json", "README.md", "LICENSE"];
const LARGEST_BYTES = 250_000;
/** Who uses the packages: ES modules in Node, and bundlers. */
const RESOLUTIONS: readonly unknown[] = [undefined, "node16-esm", "bundler"];

/** What is wrong with a published package, one line each: its files, its size, its shape, and the types its users see. */
export async function tarballProblems(source: CopiedPackage, tarball: string): Promise<readonly string[]> {
  const data = readFileSync(tarball);
  const files = filesOf(data);
  const bytes = new Uint8Array(data);
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
  const { ...analysis } = await checkPackage(createPackageFromTarballData(bytes));
  const types = analysis.types
    ? analysis.problems.filter((problem) =>
        RESOLUTIONS.includes((problem as { resolutionKind?: unknown }).resolutionKind),
      )
    : [{ kind: "it has no types" }];
  return [
    ...unexpectedFiles(source, files),
    ...(data.length > LARGEST_BYTES ? [`it is ${data.length} bytes, more than ${LARGEST_BYTES}`] : []),
    ...[...leftOverRanges(pkg)],
    ...messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`),
    ...types.map((problem) => `types: ${JSON.stringify(problem)}`),
  ].map((line) => `${source.name}: ${line}`);
}

/** Each file must come from one of `src`, or be meant; and each of `src` must be there. */
function unexpectedFiles({ folder, name }: CopiedPackage, files: readonly string[]): readonly string[] {
  const compiled = globSync("**/*.ts", { cwd: join(folder, "src") }).flatMap((file) => {
    const stem = `dist/${file.slice(0, -".ts".length)}`;
    return [`${stem}.js`, `${stem}.d.ts`];
  });
  const besides = BESIDES[name] ?? [];
  const meant = (file: string) =>
    ALWAYS.includes(file) ||
    compiled.includes(file) ||
    besides.some((it) => (it.endsWith("/") ? file.startsWith(it) : it === file));
  const missing = [...ALWAYS, ...compiled].filter((file) => !files.includes(file));
  return [
    ...files.filter((file) => !meant(file)).map((file) => `${file} is not meant to be published`),
    ...missing.map((file) => `${file} is missing`),
  ];
}

/** Ranges that mean something in the workspace alone. */
function* leftOverRanges(manifest: Readonly<Record<string, unknown>>): Generator<string> {
  for (const field of ["dependencies", "peerDependencies", "optionalDependencies"]) {
    for (const [name, range] of Object.entries((manifest[field] ?? {}) as Record<string, string>)) {
      if (/^(workspace|catalog|link|file):/.test(range)) yield `${field} has ${name}: ${range}`;
    }
  }
}

/** The names in a tarball: headers of 512 bytes, each followed by its file in blocks of 512. */
function filesOf(tarball: Buffer): readonly string[] {
  const tar = gunzipSync(tarball);
  const files: string[] = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const field = (from: number, length: number) =>
      tar.toString("utf8", at + from, at + from + length).split("\0", 1)[0]!;
    const size = Number.parseInt(field(124, 12), 8) || 0;
    const prefix = field(345, 155);
    const isFile = ["0", ""].includes(field(156, 1));
    if (isFile) files.push(`${prefix === "" ? "" : `${prefix}/`}${field(0, 100)}`.replace(/^package\//, ""));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
