import type { Findings } from "./findings.ts";
import type { Problem } from "./problem.ts";
import type { Sections } from "./sections.ts";
import { type ConfigPath, DEFAULT_KEYRING } from "./settings.ts";
import { didYouMean } from "./suggestion.ts";
import { encryptedPlaces } from "./table-rules.ts";
import type { TableInput } from "./table-schema.ts";

/** Where the configuration names a keyring. */
interface Use {
  readonly path: ConfigPath;
  readonly name: string;
}

/** Rules about `keyrings` and the tables and columns that name one of them: what is named is there, and used. */
export function keyringUseRules({ keyrings, tables, present }: Sections): Findings {
  if (!keyrings) return { problems: [], warnings: [] };
  const known = [...keyrings.keys(), DEFAULT_KEYRING];
  const uses = tables.flatMap((table, index) => (table ? usesOf(table, ["tables", index]) : []));
  const problems: Problem[] = uses
    .filter(({ name }) => !known.includes(name))
    .map(({ path, name }) => ({ path, what: `is none of keyrings${didYouMean(name, known)}` }));
  if (keyrings.has(DEFAULT_KEYRING))
    problems.push({
      path: ["keyrings", DEFAULT_KEYRING],
      what: "has the name of the default keyring; give it another",
    });
  problems.push(...tables.flatMap((table, index) => (table ? splitColumns(table, ["tables", index]) : [])));
  const used = new Set(uses.map(({ name }) => name));
  const warnings: Problem[] = [...keyrings.keys()]
    .filter((name) => !used.has(name))
    .map((name) => ({ path: ["keyrings", name], what: "is the keyring of no table and no column" }));
  if (!tables.some((table) => table && usesDefault(table)))
    warnings.push({
      path: [present.has("provider") ? "provider" : DEFAULT_KEYRING],
      what: "is the keyring of no column: every table names another; one of keyrings can take its place",
    });
  return { problems, warnings };
}

function usesOf(table: TableInput, at: ConfigPath): readonly Use[] {
  const columns = encryptedPlaces(table).map(({ keyring }, index) => ({
    path: [...at, "encrypted_columns", index, "keyring"],
    name: keyring,
  }));
  return [{ path: [...at, "keyring"], name: table.keyring }, ...columns].flatMap(({ path, name }) =>
    name === undefined ? [] : [{ path, name }],
  );
}

function usesDefault(table: TableInput): boolean {
  return encryptedPlaces(table).some(
    ({ keyring }) => (keyring ?? table.keyring ?? DEFAULT_KEYRING) === DEFAULT_KEYRING,
  );
}

/** Places of one column are one cell, or the cells of one value: an application reads them with one keyring. */
function splitColumns(table: TableInput, at: ConfigPath): readonly Problem[] {
  const places = encryptedPlaces(table);
  return places.flatMap(({ name, keyring }, index) => {
    const first = places.find((other) => other.name === name)!;
    if (first.keyring === keyring) return [];
    const path = [...at, "encrypted_columns", index];
    return [{ path, what: `gives ${name} another keyring than the entry before; a column has one` }];
  });
}
