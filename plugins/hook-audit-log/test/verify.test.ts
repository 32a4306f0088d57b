import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { type Entry, openEntry, sealEntry } from "../src/chain.ts";
import { type VerifyOptions, verifyAuditLog } from "../src/index.ts";
import { openLog, useFolder } from "./log-folder.ts";

const ENTRIES = 12;
const folder = useFolder();
let path: string;
let lines: readonly string[];

beforeEach(async () => {
  path = join(folder.path, "audit.jsonl");
  {
    await using log = await openLog(path);
    for (let n = 0; n < ENTRIES - 2; n += 1)
      await log.on({ type: "chunk.claimed", jobId: "j", table: "t", chunkId: n, attempt: 0 }, 1000 + n);
  }
  lines = (await readFile(path, "utf8")).trimEnd().split("\n");
});

async function verify(changed: readonly string[], options: VerifyOptions = {}) {
  await writeFile(path, changed.map((line) => `${line}\n`).join(""));
  return verifyAuditLog(path, options);
}
const without = (index: number) => lines.toSpliced(index, 1);
const entryOf = (line: string): Entry => openEntry(line, undefined)!.entry;

describe("a log as it was written", () => {
  it("is whole, and its head is the anchor for the next time", async () => {
    const { head, ...report } = await verify(lines);
    expect(report).toEqual({ whole: true, entries: ENTRIES, problems: [], notes: [] });
    expect(head).toEqual({ seq: ENTRIES, hash: openEntry(lines.at(-1)!, undefined)!.hash });
    expect((await verify(lines, { anchor: head })).whole).toBe(true);
  });
});

describe("it finds", () => {
  it("a changed entry, wherever and whatever was changed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(ENTRIES - 1), fc.nat(), fc.nat(255), async (at, where, by) => {
        const bytes = Buffer.from(lines[at]!);
        const place = where % bytes.length;
        fc.pre(bytes[place] !== by && by !== 0x0a && by < 128);
        bytes[place] = by;
        const { whole, problems } = await verify(lines.with(at, bytes.toString()));
        expect(whole).toBe(false);
        expect(problems[0]).toContain(`line ${at + 1}: `);
      }),
      { numRuns: 400 },
    );
  });

  it("an entry that lacks a part, with a hash that fits it", async () => {
    for (const part of ["seq", "by", "prev", "event"]) {
      const { [part]: _, ...rest } = { ...entryOf(lines[6]!) } as Record<string, unknown>;
      const forged = sealEntry(rest as unknown as Entry, undefined).line;
      expect((await verify(lines.with(6, forged))).problems[0]).toBe("line 7: is no entry of this log");
    }
  });

  it("dropped entries, at the beginning and in the middle", async () => {
    expect((await verify(without(0))).problems).toEqual([
      "line 1: the log begins with entry 2: what was before it is missing",
    ]);
    for (let at = 1; at < ENTRIES - 1; at += 1)
      expect((await verify(without(at))).problems).toEqual([
        `line ${at + 1}: entry ${at + 2} follows entry ${at}: what was between them is missing`,
      ]);
  });

  it("any other order", async () => {
    const order = fc.shuffledSubarray([...lines.keys()], { minLength: ENTRIES });
    await fc.assert(
      fc.asyncProperty(order, async (indexes) => {
        fc.pre(indexes.some((index, place) => index !== place));
        expect((await verify(indexes.map((index) => lines[index]!))).whole).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it("an entry that stands there twice", async () => {
    const { problems } = await verify(lines.toSpliced(5, 0, lines[4]!));
    expect(problems).toEqual(["line 6: entry 5 follows entry 5: it was put here from elsewhere"]);
  });

  it("an entry that was made anew with a hash that fits it", async () => {
    const forged = sealEntry({ ...entryOf(lines[6]!), by: "nobody" }, undefined).line;
    expect((await verify(lines.with(6, forged))).problems).toEqual([
      "line 8: entry 8 does not continue entry 7: one of them was made anew",
    ]);
  });

  it("a line from elsewhere, also at the end, and that nothing is left", async () => {
    expect((await verify(lines.toSpliced(3, 0, "{}"))).problems).toEqual(["line 4: is no entry of this log"]);
    expect((await verify([...lines, "{}"])).problems).toEqual(["line 13: is no entry of this log"]);
    expect((await verify([])).problems).toEqual(["there is no entry in the file"]);
    await expect(verifyAuditLog(join(folder.path, "none"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("lines longer than any entry, in bounded memory", async () => {
    const { problems } = await verify([...lines, "x".repeat(5 * 1024 * 1024)]);
    expect(problems).toEqual(["line 13: is no entry of this log"]);
  });
});

describe("a log that was cut off at its end", () => {
  it("is found by the anchor", async () => {
    const { head } = await verify(lines);
    for (const left of [1, 5, ENTRIES - 1])
      expect((await verify(lines.slice(0, left), { anchor: head })).problems).toEqual([
        expect.stringContaining("entry 12 with the anchor's hash is not there"),
      ]);
  });

  it("looks like a process that died, without one: that is noted", async () => {
    const { whole, notes } = await verify(lines.slice(0, -1));
    expect(whole).toBe(true);
    expect(notes).toEqual([
      expect.stringMatching(/^it ends without the end of a run: .+ is still at it, died, or/),
    ]);
    await writeFile(path, lines.join("\n").slice(0, -20));
    expect((await verifyAuditLog(path)).notes[0]).toContain("the file ends in the middle of an entry");
  });
});

describe("a log that was made anew from its first entry to its last", () => {
  const remade = (key: Uint8Array | undefined) => {
    let prev = "0".repeat(64);
    return lines.map((line) => {
      const { line: made, head } = sealEntry({ ...entryOf(line), by: "nobody", prev }, key);
      prev = head.hash;
      return made;
    });
  };

  it("is found by an anchor, or by the key", async () => {
    expect((await verify(remade(undefined))).whole).toBe(true);
    const anchor = { seq: 3, hash: openEntry(lines[2]!, undefined)!.hash };
    expect((await verify(remade(undefined), { anchor })).whole).toBe(false);
    const key = Buffer.from("a key");
    expect((await verify(remade(key), { key })).whole).toBe(true);
    const { problems } = await verify(remade(undefined), { key });
    expect(problems).toHaveLength(ENTRIES);
    expect(problems[0]).toBe("line 1: entry 1 was changed: its hash does not fit what it says");
  });
});
