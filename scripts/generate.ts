// Writes the files that are made from code; `--check` only tells whether they are current.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { apiReports } from "./generate-api.ts";
import { commandReference } from "./generate-cli.ts";
import { configurationSchema } from "./generate-configuration.ts";
import { configurationReference } from "./generate-configuration-reference.ts";
import { dataModelPage } from "./generate-data-model.ts";
import { errorReference } from "./generate-errors.ts";
import { extensionReference } from "./generate-extensions.ts";
import { metricsReference } from "./generate-metrics.ts";
import { pagesWithSnippets } from "./generate-snippets.ts";
import { storeTemplate } from "./generate-store-template.ts";

const files: Readonly<Record<string, () => Promise<string>>> = {
  "docs/reference/errors.md": errorReference,
  "docs/reference/configuration.schema.json": configurationSchema,
  "docs/reference/configuration.md": configurationReference,
  "docs/reference/cli.md": commandReference,
  "docs/reference/extensions.md": extensionReference,
  ...apiReports,
  "docs/data-model.md": dataModelPage,
  ...storeTemplate,
  "docs/reference/metrics.md": metricsReference,
  ...pagesWithSnippets(),
};

const check = process.argv.includes("--check");
let stale = 0;
for (const [file, make] of Object.entries(files)) {
  const wanted = await make();
  if (read(file) === wanted) continue;
  stale += 1;
  if (check) {
    console.error(`${file} is not current: run \`pnpm generate\``);
    continue;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, wanted);
  console.log(`wrote ${file}`);
}
process.exit(check && stale > 0 ? 1 : 0);

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
