import { readFile, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";

const PAGE = new URL("../../docs/benchmarks.md", import.meta.url);
const END = "<!-- end of figures -->";

/** Where it was measured, in words. */
export function machine(): string {
  const processor = cpus()[0]?.model.trim() ?? "unknown";
  return `${cpus().length} cores (${processor}) with ${Math.round(totalmem() / 2 ** 30)} GiB`;
}

/** Puts figures into docs/benchmarks.md, in the place that its comments name, with the day on which they were measured. */
export async function writeFigures(
  place: "rotation" | "foreground" | "startup",
  figures: string,
): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const [before, rest] = page.split(`<!-- figures: ${place} -->`);
  const end = rest?.indexOf(END) ?? -1;
  if (rest === undefined || end < 0)
    throw new Error(`docs/benchmarks.md has no place for the figures of ${place}`);
  const day = new Date().toISOString().slice(0, 10);
  const fresh = `<!-- figures: ${place} -->\n\nMeasured on ${day}.\n\n${figures.trim()}\n\n`;
  await writeFile(PAGE, `${before}${fresh}${rest.slice(end)}`);
}
