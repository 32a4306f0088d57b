import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { configJsonSchema } from "../../src/config/json-schema.ts";
import { problemsOf } from "./load.ts";

type Schema = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
};
type Path = readonly (string | number)[];

/** Every setting, with where it stands; the sections themselves too. */
function settingsOf(schema: Schema, path: Path = []): readonly { path: Path; schema: Schema }[] {
  const below = [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, part]) => settingsOf(part, [...path, key])),
    ...(schema.items ? settingsOf(schema.items, [...path, 0]) : []),
    ...(schema.anyOf ?? []).flatMap((part) =>
      Object.entries(part.properties ?? {}).flatMap(([key, one]) => settingsOf(one, [...path, key])),
    ),
  ];
  return path.length === 0 ? below : [{ path, schema }, ...below];
}

/** A good configuration without anything in the way of the setting at `path`. */
function around(path: Path): Record<string, unknown> {
  const key = (version: string) => ({ provider: "fernet", version });
  const keys = { target: key("v2"), previous: path.includes("previous") ? [key("v1")] : [] };
  return {
    cluster: { contact_points: ["a"], keyspace: "ks" },
    ...(path[0] === "provider" ? { provider: { old_key_env: "A", new_key_env: "B" } } : { keys }),
    tables: [
      {
        name: "t",
        encrypted_columns: path[2] === "encrypted_columns" && path.length > 4 ? [{ name: "c" }] : ["c"],
      },
    ],
    ...(path[0] === "hooks" ? { hooks: [{ type: "audit-log" }] } : {}),
  };
}

function withValue(root: Record<string, unknown>, path: Path, value: unknown): string {
  let at = root as Record<string | number, unknown>;
  path.slice(0, -1).forEach((segment, depth) => {
    const empty = typeof path[depth + 1] === "number" ? [] : {};
    at[segment] ??= empty;
    at = at[segment] as Record<string | number, unknown>;
  });
  at[path.at(-1)!] = value;
  return stringify(root);
}

const shown = (path: Path) =>
  path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");

const settings = settingsOf(configJsonSchema([]) as Schema).map(({ path, schema }) => ({
  name: shown(path),
  path,
  schema,
}));

/** A line of the file and its path, in front of each problem. */
const places = (text: string) =>
  problemsOf(text).map((problem) => /^(\d+):\d+ (\S+): /.exec(problem)?.slice(1, 3));

describe("every setting", () => {
  it("is found in the schema", () => {
    expect(settings.length).toBeGreaterThan(60);
  });

  it.each(settings)("$name refuses another kind of value, with path and line", ({ path, name, schema }) => {
    const isList = schema.type === "array";
    const isGroup = schema.properties !== undefined;
    const wrong = isList ? { a: { b: 1 } } : isGroup ? 12.5 : [["list"]];
    const text = withValue(around(path), path, wrong);
    const found = places(text);
    expect(found).toHaveLength(1);
    const [line, at] = found[0] ?? [];
    expect(at).toBe(name);
    const key = String(path.findLast((part) => typeof part === "string"));
    // A list of one begins below its key.
    const lines = text.split("\n");
    expect([lines[Number(line) - 1], lines[Number(line) - 2]].join()).toContain(`${key}:`);
    expect(problemsOf(text)[0]).toMatch(/: must (be|have) /);
  });

  const texts = settings.filter(({ schema }) => schema.type === "string" && !("enum" in schema));
  it.each(texts)("$name refuses a number, and says that quotes make it text", ({ path, name }) => {
    const [problem] = problemsOf(withValue(around(path), path, 12));
    expect(problem).toContain(`${name}: must be text, not a number; put it in quotes`);
  });

  const numbers = settings.filter(({ schema }) => schema.type === "integer" || schema.type === "number");
  it.each(numbers)("$name has bounds, and keeps to them", ({ path, name, schema }) => {
    const { minimum, maximum } = schema as { readonly minimum: number; readonly maximum: number };
    for (const [value, word] of [
      [minimum - 1, "at least"],
      [maximum + 1, "at most"],
    ] as const) {
      expect(problemsOf(withValue(around(path), path, value))[0]).toContain(`${name}: must be ${word} `);
    }
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, "12x", ""]) {
      expect(problemsOf(withValue(around(path), path, value))[0]).toContain(`${name}: must be `);
    }
  });
});
