import { readFileSync } from "node:fs";

const SOURCE = "packages/testkit/src/simulation";
const TARGET = "packages/create-cassandra-rekey-plugin/templates/state-store/src";

const MOVED: readonly (readonly [RegExp | string, string])[] = [
  ["memory-chunk.ts", "stored-chunk.ts"],
  [/\bMemoryStateStore\b/g, "MemoryStore"],
  [/\bMemoryChunk\b/g, "StoredChunk"],
  [/\bMemoryJob\b/g, "StoredJob"],
  // What only simulations need.
  [/^ {2}beforeCall: .*\n/m, ""],
  [/^ \* `beforeCall` .*\n/m, ""],
  [/await this\.#enter\("\w+", signal\);/g, "signal.throwIfAborted();"],
  [/^ {2}async #enter\([\s\S]*?^ {2}\}\n\n/m, ""],
  [
    "/**\n * Jobs in memory, for tests: nothing outlives the process.",
    "/**\n * Jobs in memory, to be replaced by your database: each method becomes one compare-and-set there.",
  ],
];

/** The store that a new plugin begins with is the one of the testkit, so that it follows the contract. */
export const storeTemplate: Readonly<Record<string, () => Promise<string>>> = {
  [`${TARGET}/memory-store.ts`]: async () => moved("memory-state-store.ts"),
  [`${TARGET}/stored-chunk.ts`]: async () => moved("memory-chunk.ts"),
};

function moved(file: string): string {
  return MOVED.reduce(
    (text, [from, to]) =>
      text.replaceAll(from instanceof RegExp && !from.global ? new RegExp(from, `${from.flags}g`) : from, to),
    readFileSync(`${SOURCE}/${file}`, "utf8"),
  );
}
