import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { manifestOf } from "./manifest.ts";
import { type PluginRequest, usage } from "./plugin-request.ts";

const TEMPLATES = fileURLToPath(new URL("../templates/", import.meta.url));

/** Writes the package and returns its files, sorted. Throws `USAGE.INVALID` when the folder has something in it, or cannot be made. */
export async function writePackage(request: PluginRequest): Promise<readonly string[]> {
  await refuseFull(request.folder);
  const files = new Map([["package.json", `${JSON.stringify(await manifestOf(request), null, 2)}\n`]]);
  for (const template of ["common", request.kind]) {
    const root = join(TEMPLATES, template);
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const text = await readFile(path, "utf8");
      files.set(published(path.slice(root.length + 1)), filledIn(text, request));
    }
  }
  const { folder } = request;
  try {
    for (const [file, text] of files) {
      await makeFolder(dirname(join(folder, file)));
      await writeFile(join(folder, file), text, { flag: "wx" });
    }
  } catch (error) {
    throw unwritable(folder, error);
  }
  return [...files.keys()].sort();
}

async function refuseFull(folder: string): Promise<void> {
  const there = await readdir(folder).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === "ENOENT") return [];
    throw unwritable(folder, error);
  });
  if (there.length > 0)
    throw usage(`${folder} is not empty`, "Name another folder, or remove what is in it.");
}

/** Node's own recursive `mkdir` never ends where the system makes no folders, such as under /proc. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "EEXIST") return;
    const parent = dirname(folder);
    if (code !== "ENOENT" || parent === folder) throw error;
    await makeFolder(parent);
    await mkdir(folder);
  }
}

function unwritable(folder: string, error: unknown): Error {
  const { code } = error as { code?: unknown };
  if (typeof code !== "string") return error as Error;
  return usage(`${folder} cannot be written to (${code})`, "Name another folder.");
}

/** npm leaves files of this name out of packages, so the template has another. */
function published(file: string): string {
  return file === "gitignore" ? ".gitignore" : file;
}

function filledIn(text: string, { name, packageName, kind }: PluginRequest): string {
  return text
    .replaceAll("template-part", name)
    .replaceAll("template-package", packageName)
    .replaceAll("template-kind", kind);
}
