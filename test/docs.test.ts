import { globSync } from "node:fs";
import { CATALOGUE } from "@cassandra-rekey/core";
import { parseConfig } from "@cassandra-rekey/engine";
import { describe, expect, it } from "vitest";
import {
  type Block,
  blocksOf,
  brokenLinks,
  headingsOf,
  namesInTables,
  pages,
  ROOT,
  read,
} from "./documentation.ts";

interface Manifest {
  readonly commands: Readonly<
    Record<string, { readonly flags: Readonly<Record<string, { allowNo?: boolean }>> }>
  >;
}
const { commands } = JSON.parse(read("packages/cli/oclif.manifest.json")) as Manifest;
const commandNames = Object.keys(commands).map((id) => id.replaceAll(":", " "));
/** Commands that oclif's own plugins bring. */
const FOREIGN_COMMANDS = ["help", "plugins", "autocomplete"];

describe("links", () => {
  it("lead somewhere, anchors included", () => {
    expect(pages().length).toBeGreaterThan(20);
    expect(pages().flatMap(brokenLinks)).toEqual([]);
  });

  it("lead to every page of docs", () => {
    const linking = pages().map(read).join("\n");
    const lost = pages()
      .filter((page) => page.startsWith("docs/") && page !== "docs/README.md")
      .filter((page) => !linking.includes(`${page.split("/").at(-1)}`));
    expect(lost).toEqual([]);
  });
});

describe("the README", () => {
  it("names the two commands that do all, and npx only after set-up", () => {
    const text = read("README.md");
    expect(text).toContain("npm run demo");
    expect(text).toContain("npm test");
    expect(text.indexOf("npm run setup")).toBeGreaterThan(0);
    expect(text.indexOf("npx")).toBeGreaterThan(text.indexOf("npm run setup"));
  });

  it("names every package", () => {
    const text = read("README.md");
    const folders = globSync(["packages/*", "plugins/*"], { cwd: ROOT });
    expect(folders.filter((folder) => !text.includes(`](${folder})`))).toEqual([]);
  });
});

describe("errors", () => {
  it("have a section each, and no section is of an error that is gone", () => {
    expect([...headingsOf("docs/reference/errors.md", 2)].sort()).toEqual(Object.keys(CATALOGUE).sort());
  });

  it("are named by codes that exist", () => {
    const families = new Set(Object.keys(CATALOGUE).map((code) => code.split(".")[0]));
    const unknown = pages().flatMap((page) =>
      [...read(page).matchAll(/\b([A-Z]+)\.([A-Z_]{3,})\b/g)]
        .filter(([code, family]) => families.has(family ?? "") && !(code in CATALOGUE))
        .map(([code]) => `${page}: ${code}`),
    );
    expect(unknown).toEqual([]);
  });
});

describe("commands", () => {
  it("have a section each in the reference, and no section is of a command that is gone", () => {
    const sections = headingsOf("docs/reference/cli.md", 2);
    const others = ["Flags of all commands", "Exit codes"];
    expect([...sections].filter((name) => !others.includes(name)).sort()).toEqual([...commandNames].sort());
  });

  it("are shown as they can be typed", () => {
    const shells = new Set(["sh", "bash", "console"]);
    const shown = pages()
      .flatMap(blocksOf)
      .filter((block) => shells.has(block.language));
    const wrong = shown.flatMap((block) => commandLines(block).flatMap((line) => faultsOf(block, line)));
    expect(shown.flatMap(commandLines).length).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });
});

describe("doctor", () => {
  const source = globSync("packages/engine/src/doctor/**/*.ts", { cwd: ROOT }).map(read).join("\n");
  const dotted = source.matchAll(/"((?:table|keys|cluster|state|config|connection)\.[a-z][a-z-]*)"/g);
  const plain = source.matchAll(/\b(?:ok|warn|fail|attempt)\(\s*"([a-z][a-z-]*)"/g);
  const inCode = new Set([...dotted, ...plain].map(([, name = ""]) => name));

  it("has each of its checks explained", () => {
    const explained = new Set(namesInTables("docs/doctor.md"));
    expect(inCode.size).toBeGreaterThan(30);
    expect([...inCode].filter((check) => !explained.has(check))).toEqual([]);
  });

  it("makes each check that is explained", () => {
    expect(namesInTables("docs/doctor.md").filter((check) => !inCode.has(check))).toEqual([]);
  });
});

describe("sample configurations", () => {
  const samples = pages()
    .flatMap(blocksOf)
    .filter((block) => block.language === "yaml");

  it.each(samples.map((block, index) => [`${block.page}, block ${index + 1}`, block] as const))(
    "%s is accepted",
    (_, block) => {
      expect(() => parseConfig(completed(block.text), "config.yaml")).not.toThrow();
    },
  );
});

/** The lines of a block that call the program, joined where they go on, without what a pipe does with the output. */
function commandLines({ text }: Block): readonly string[] {
  return text
    .split("\n")
    .map((line) => /^(?:\$ )?(?:\w+=\$\()?(?:npx )?cassandra-rekey (.*)$/.exec(line)?.[1])
    .filter((line) => line !== undefined)
    .map((line) => line.split(/ [|>#&]|\)/)[0]!.trim());
}

/** What the program would refuse of a command line. */
function faultsOf(block: Block, line: string): readonly string[] {
  const name = [...commandNames, ...FOREIGN_COMMANDS]
    .filter((candidate) => line === candidate || line.startsWith(`${candidate} `))
    .sort((a, b) => b.length - a.length)[0];
  if (/^--(help|version)$/.test(line)) return [];
  if (name === undefined) return [`${block.page}: ${line}: no such command`];
  const command = commands[name.replaceAll(" ", ":")];
  if (!command) return [];
  const known = Object.entries(command.flags).flatMap(([flag, { allowNo }]) =>
    allowNo ? [flag, `no-${flag}`] : [flag],
  );
  return [...line.matchAll(/ --([\w-]+)/g)]
    .filter(([, flag = ""]) => !known.includes(flag))
    .map(([flag]) => `${block.page}: ${line}: no flag${flag}`);
}

/** A sample with the sections that it leaves out. */
function completed(sample: string): string {
  const sections: Readonly<Record<string, string>> = {
    cluster: "cluster: { contact_points: [a], keyspace: app }",
    tables: "tables: [{ name: users, encrypted_columns: [email] }]",
    keys: "keys: { target: { provider: fernet, version: v2, key: { env: NEW } } }",
  };
  const has = (name: string) => new RegExp(`^${name}:`, "m").test(sample);
  const missing = Object.keys(sections).filter((name) => !has(name) && !(name === "keys" && has("provider")));
  return [sample, ...missing.map((name) => sections[name])].join("\n");
}
