import { spawn } from "node:child_process";
import { once } from "node:events";
import { pathToFileURL } from "node:url";

/** One part as the entry has it. */
interface FoundPart {
  readonly create: boolean;
  /** `undefined` when the schema takes part in validation and describes itself; else what it lacks. */
  readonly schema?: string;
}

/** What importing the entry showed. */
export interface EntryReport {
  /** Why it cannot be imported. */
  readonly failure?: string;
  /** The default export is `definePlugin`'s. */
  readonly isPlugin: boolean;
  readonly name?: unknown;
  readonly apiVersion?: unknown;
  readonly parts: Readonly<Record<string, Readonly<Record<string, FoundPart>>>>;
  /** The packages that modules of the package itself imported by name. */
  readonly imports: readonly string[];
  /** What the import printed. */
  readonly output: string;
  /** The process did not end by itself after the import. */
  readonly lingers: boolean;
}

/** Time for the import, and for the process to end by itself afterwards. */
const PATIENCE_MS = 20_000;

const PROBE = `
import { realpathSync, writeSync } from "node:fs";
import { findPackageJSON, isBuiltin, registerHooks } from "node:module";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
const [entry, core] = process.argv.slice(1);
const { isPlugin } = await import(core);
const report = { isPlugin: false, parts: {}, imports: [] };
const root = pathToFileURL(realpathSync(dirname(findPackageJSON(entry)))).href + "/";
registerHooks({
  resolve(specifier, context, next) {
    const from = context.parentURL ?? "";
    const isOwn = from.startsWith(root) && !from.slice(root.length).includes("node_modules/");
    const isBare = !"./#".includes(specifier[0]) && !specifier.includes(":") && !isBuiltin(specifier);
    const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
    if (isOwn && isBare && !report.imports.includes(name)) report.imports.push(name);
    return next(specifier, context);
  },
});
try {
  const { default: plugin } = await import(entry);
  report.isPlugin = isPlugin(plugin);
  if (report.isPlugin) {
    report.name = plugin.name;
    report.apiVersion = plugin.apiVersion;
    for (const kind of ["providers", "stateStores", "throttles", "hooks"]) {
      report.parts[kind] = {};
      for (const [name, part] of Object.entries(plugin[kind] ?? {})) report.parts[kind][name] = await look(part);
    }
  }
} catch (error) {
  report.failure = error instanceof Error ? error.message.split("\\n")[0] : "it threw " + typeof error;
}
writeSync(3, JSON.stringify(report));

async function look(part) {
  const standard = part?.options?.["~standard"];
  const found = { create: typeof part?.create === "function" };
  if (typeof standard?.validate !== "function") return { ...found, schema: "it is no Standard Schema" };
  try {
    await standard.validate({});
  } catch {
    return { ...found, schema: "validating {} throws instead of telling issues" };
  }
  try {
    if (standard.jsonSchema.input({ target: "draft-2020-12" }).type === "object") return found;
    return { ...found, schema: "its JSON Schema is not of an object" };
  } catch {
    return { ...found, schema: "it gives no JSON Schema (Standard JSON Schema, draft-2020-12)" };
  }
}
`;

/** Imports an entry in a process of its own, with nothing in its environment, and tells what was seen. */
export async function probeEntry(entry: string, patienceMs = PATIENCE_MS): Promise<EntryReport> {
  const core = import.meta.resolve("@cassandra-rekey/core");
  const child = spawn(
    process.execPath,
    ["--input-type=module", "--eval", PROBE, pathToFileURL(entry).href, core],
    { stdio: ["ignore", "pipe", "pipe", "pipe"], env: { PATH: process.env["PATH"] ?? "" } },
  );
  const [told, printed, complained] = [child.stdio[3], child.stdout, child.stderr].map(collect);
  const ended = await endOf(child, patienceMs);
  const output = `${await printed}${await complained}`.trim();
  const text = (await told) ?? "";
  if (text === "") {
    const failure = ended ? "the process ended in the middle of it" : "it takes for ever";
    return { failure, isPlugin: false, parts: {}, imports: [], output, lingers: !ended };
  }
  return { ...(JSON.parse(text) as Omit<EntryReport, "output" | "lingers">), output, lingers: !ended };
}

async function collect(stream: unknown): Promise<string> {
  let text = "";
  for await (const part of stream as AsyncIterable<Uint8Array>) text += Buffer.from(part).toString();
  return text;
}

/** Whether it ended by itself. */
async function endOf(child: ReturnType<typeof spawn>, patienceMs: number): Promise<boolean> {
  try {
    await once(child, "exit", { signal: AbortSignal.timeout(patienceMs) });
    return true;
  } catch {
    child.kill("SIGKILL");
    return false;
  }
}
