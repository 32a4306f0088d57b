import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const BIOME = createRequire(`${ROOT}package.json`).resolve("@biomejs/biome/bin/biome");

const REPORTED = [
  ["export const now = () => Date.now();", "Use the injected Clock."],
  ["export const day = new Date();", "Use the injected Clock."],
  ["export const later = (run: () => void) => setTimeout(run, 5);", "Use Clock.sleep."],
  ["export const often = (run: () => void) => setInterval(run, 5);", "Use Clock.sleep in a bounded loop."],
  ["export const soon = (run: () => void) => setImmediate(run);", "Use Clock.sleep."],
  ["export const at = () => performance.now();", "Use Clock.monotonicMs."],
  ["export const limit = AbortSignal.timeout(5);", "Time and randomness are injected"],
  ["export const both = AbortSignal.any([]);", "Time and randomness are injected"],
  ["export const gone = AbortSignal.abort();", "Time and randomness are injected"],
  ["export const dice = Math.random();", "Time and randomness are injected"],
  [
    'import { randomBytes } from "node:crypto";\nexport const key = randomBytes(32);',
    "Use the injected Random.",
  ],
  [
    'import { setTimeout as sleep } from "node:timers/promises";\nexport const nap = sleep(5);',
    "Use the injected Clock.",
  ],
  [
    'import { performance } from "node:perf_hooks";\nexport const at = performance.now();',
    "Use the injected Clock.",
  ],
  [
    'import { container } from "tsyringe";\nexport const root = container;',
    "Only compose.ts imports tsyringe.",
  ],
] as const;
const TIME = "export const now = Date.now();";
const DICE = "export const dice = Math.random();";
const CONTAINER = 'import { container } from "tsyringe";\nexport const root = container;';

describe("the lint rule that keeps time, randomness and injection in their places", () => {
  let folder: string;
  beforeAll(async () => {
    // The rules of this repository, over files that are not in it.
    folder = await mkdtemp(join(tmpdir(), "rekey-lint-"));
    for (const file of ["biome.json", ".gitignore", "scripts/lint"]) {
      await cp(join(ROOT, file), join(folder, file), { recursive: true });
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** What Biome says of a text if it stood at `path`. */
  async function lint(path: string, text: string): Promise<string> {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${text}\n`);
    const { stdout, stderr } = spawnSync(process.execPath, [BIOME, "lint", path], {
      cwd: folder,
      encoding: "utf8",
      timeout: 60_000,
    });
    const said = stdout + stderr;
    expect(said).toContain("Checked 1 file");
    return said;
  }

  it.each(REPORTED)("reports in the engine: %j", async (text, expected) => {
    expect(await lint("packages/engine/src/executor/snippet.ts", text)).toContain(expected);
  });

  it("lets the clock, the random source and the composition do what they are for", async () => {
    expect(await lint("packages/engine/src/system-clock.ts", TIME)).not.toContain("injected");
    expect(await lint("packages/engine/src/system-random.ts", DICE)).not.toContain("injected");
    expect(await lint("packages/engine/src/compose.ts", CONTAINER)).not.toContain("compose.ts imports");
    // The composition is no exception otherwise.
    expect(await lint("packages/engine/src/compose.ts", TIME)).toContain("injected Clock");
  });

  it("leaves other packages alone", async () => {
    expect(await lint("packages/cli/src/snippet.ts", TIME)).not.toContain("injected");
  });
});
