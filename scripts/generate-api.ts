import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** The packages that others build on. A change of what they export is seen in a change of their report. */
const PACKAGES = ["core", "engine", "testkit"];

/** For each package a file with the declarations that its users can reach. */
export const apiReports: Readonly<Record<string, () => Promise<string>>> = Object.fromEntries(
  PACKAGES.map((name) => [`api/${name}.api.d.ts`, async () => apiReport(name)]),
);

/** Declarations without their comments: rewording one is no change of the interface. */
function apiReport(name: string): string {
  const folder = `packages/${name}`;
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly name: string;
    readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
  };
  const entries = Object.entries(manifest.exports).flatMap(([path, target]) =>
    typeof target === "string" ? [] : [{ path, file: normalize(join(folder, target.types)) }],
  );
  const files = new Map<string, string>();
  for (const { file } of entries) collect(file, files);
  const heading = entries.map(
    ({ path, file }) => `// ${join(manifest.name, path)} is ${inside(folder, file)}`,
  );
  const modules = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, text]) => `// ---- ${inside(folder, file)}\n\n${text}`);
  return `// What users of ${manifest.name} can reach. Generated from its declarations: \`pnpm generate\`.\n${heading.join("\n")}\n\n${modules.join("\n")}`;
}

/** The file and, by what it imports and exports, every declaration that its types lead to. */
function collect(file: string, into: Map<string, string>): void {
  if (into.has(file)) return;
  const text = withoutComments(readFileSync(file, "utf8"));
  into.set(file, text);
  for (const [, path = ""] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
    collect(normalize(join(dirname(file), path.replace(/\.(?:ts|js)$/, ".d.ts"))), into);
  }
}

/** A string may look like a comment, so strings are matched as well, and kept. */
function withoutComments(text: string): string {
  return text
    .replaceAll(
      /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
      "$1",
    )
    .replaceAll(/[ \t]+$/gm, "")
    .replaceAll(/\n{2,}/g, "\n")
    .trimStart();
}

function inside(folder: string, file: string): string {
  return file.slice(`${folder}/dist/`.length);
}
