import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readYaml } from "../../src/config/yaml-source.ts";
import { load, problemsOf, REFERENCE, refusal, SMALLEST } from "./load.ts";

/** A password that no message may repeat, whatever is wrong around it. */
const CANARY = "hunter2";
const withPassword = (text: string) =>
  SMALLEST.replace("  keyspace: app\n", `  keyspace: app\n  username: u\n  password: ${text}\n`);

describe("a text that is not YAML", () => {
  it.each([
    ["cluster:\n\tkeyspace: a\n", "2:1 the configuration: a tab is used for indentation"],
    ["a: [1,\nb: 2\n", '1:4 the configuration: a "[" is opened here and never closed'],
    ['a:\n  b: "x\nc: d\n', "2:6 the configuration: a quote is opened here and never closed"],
    ["a: {b: c\nd: e\n", '1:4 the configuration: a "{" is opened here and never closed'],
    ["a: }\n", '1:4 the configuration: unexpected "}" here'],
    ["a: b: c\n", '1:4 the configuration: a second "key: value" on the same line'],
    ["a: 1\n---\na: 2\n", "2:1 the configuration: a second YAML document begins here"],
    ["a: !secret aGk=\n", "1:4 the configuration: YAML tags"],
    ["%FOO bar\n---\na: 1\n", "1:1 the configuration: YAML directives"],
    ["a: @b\n", "1:4 the configuration: a value begins with a reserved character"],
    ['a: "\\q"\n', "1:5 the configuration: a backslash in double quotes"],
    ["a:\n    b: 1\n  c: 2\n", "3:1 the configuration: all mapping items must start at the same column"],
  ])("is refused with its place: %j", (text, expected) => {
    const { code, problems } = refusal(text);
    expect(code).toBe("CONFIG.UNREADABLE");
    expect(problems[0]).toContain(expected);
  });

  it("is refused when the parser's own stack would not hold it", () => {
    expect(problemsOf(`a: ${"[".repeat(5000)}\n`)).toEqual([
      expect.stringMatching(/: is nested too deeply$/),
    ]);
  });

  it("is told of in every place, up to a bound", () => {
    expect(problemsOf("a:\n\tb: 1\nc:\n\td: 1\n").map((line) => line.split(" ")[0])).toEqual(["2:1", "4:1"]);
    expect(problemsOf("a: !x 1\n".repeat(1000))).toHaveLength(20);
  });
});

describe("YAML that says too much", () => {
  it("is refused when a key is there twice, at every level", () => {
    const text = `${SMALLEST}    name: users\nexecution: { workers: 1, workers: 2 }\ncluster: {}\n`;
    expect(problemsOf(text)).toEqual([
      "8:5 tables[0].name: is set twice; the first is on line 6",
      "9:26 execution.workers: is set twice; the first is on line 9",
      "10:1 cluster: is set twice; the first is on line 1",
    ]);
  });

  it("is refused when its aliases would fill the memory", () => {
    const levels = "abcdefghij".split("");
    const bomb = levels.map((name, at) => {
      const below = at === 0 ? "[x, x, x, x, x, x, x, x, x]" : `[${Array(9).fill(`*${levels[at - 1]}`)}]`;
      return `${name}: &${name} ${below}`;
    });
    expect(problemsOf(bomb.join("\n"))).toEqual([
      expect.stringMatching(/^1:\d+ .*: makes the configuration too large/),
    ]);
  });

  it("is refused in bounded time when an alias leads to itself, or many lead to one", () => {
    expect(problemsOf("a: &a [*a]\n")).toEqual(["1:8 a[0][0]: is nested too deeply"]);
    expect(problemsOf(`a: &a x\nb:\n${"  - *a\n".repeat(60_000)}`)).toEqual([
      expect.stringContaining("b[24998]: makes the configuration too large"),
    ]);
  });

  it("is refused when it is nested too deeply", () => {
    const deep = Array.from({ length: 60 }, (_, level) => `${" ".repeat(level)}a:`).join("\n");
    expect(problemsOf(deep)).toEqual(["33:33 a.a.a: is nested too deeply"]);
  });
});

describe("YAML", () => {
  it("may use aliases and merge keys, and problems are placed where the alias stands", () => {
    const text = `${SMALLEST.replace("- name: users", "- &users\n    name: users")}  - <<: *users\n    name: more\n`;
    expect(load(text).settings.tables.map((table) => [table.name, table.encryptedColumns])).toEqual([
      ["users", ["ssn"]],
      ["more", ["ssn"]],
    ]);
    expect(problemsOf(`${text}    chunk: 3\n`)).toEqual([
      '11:12 tables[1].chunk: is not a known setting (did you mean "chunks"?)',
    ]);
  });

  it("refers to the nearest anchor before an alias, as YAML says", () => {
    const { value, problems } = readYaml("a: &x 1\nb: &y [*x]\nc: &x 2\nd: *y\ne: *x\nf: *z\n");
    expect(value).toEqual({ a: 1, b: [1], c: 2, d: [1], e: 2 });
    expect(problems.map(({ path }) => path)).toEqual([["f"]]);
  });

  it("may have Windows line ends and a byte order mark", () => {
    expect(load(REFERENCE.replaceAll("\n", "\r\n")).settings).toEqual(load(REFERENCE).settings);
    expect(problemsOf(`\uFEFF${SMALLEST}no: 1\r\n`)).toEqual(["8:5 no: is not a known setting"]);
  });

  it("counts entries without a value as absent", () => {
    expect(load(`${SMALLEST}state:\nexecution:\n  workers:\n`).settings).toEqual(load(SMALLEST).settings);
  });

  it("cannot reach the prototype of anything", () => {
    expect(problemsOf(`${SMALLEST}__proto__: { x: 1 }\nconstructor: 1\n`)).toEqual([
      "8:1 __proto__: is not a known setting",
      "9:14 constructor: is not a known setting",
    ]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

describe("no message repeats what stands in the file", () => {
  const starts = [
    "*",
    "&",
    "!",
    "%",
    "@",
    "`",
    "{",
    "[",
    '"',
    "'",
    "|",
    ">",
    "}",
    "]",
    ",",
    "? ",
    "- ",
    "!!",
  ];
  const ends = ["", ":", " [a]", '"', "\\q", ": x", " *", "\n x: y", "\t"];
  const garbled = fc.tuple(fc.constantFrom(...starts, ""), fc.constantFrom(...ends)).map(([start, end]) => {
    return withPassword(`${start}${CANARY}${end}`);
  });
  const inserted = fc
    .tuple(fc.nat(SMALLEST.length + 40), fc.constantFrom(...starts, "\t", "\n", ": ", "\\x", " #", "<<: *"))
    .map(([at, text]) => {
      const whole = withPassword(`"${CANARY}"`);
      return whole.slice(0, at) + text + whole.slice(at);
    });

  it("whatever is wrong around it", () => {
    fc.assert(
      fc.property(fc.oneof(garbled, inserted), (text) => {
        for (const problem of problemsOf(text)) expect(problem).not.toContain(CANARY);
      }),
      { numRuns: 600 },
    );
  });
});
