import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
} from "yaml";
import type { Problem } from "./problem.ts";
import type { ConfigPath, Place } from "./settings.ts";

/** More than any real configuration has; what an alias bomb runs into. */
const MAX_NODES = 50_000;
const MAX_DEPTH = 32;
const MAX_SYNTAX_PROBLEMS = 20;

/** A YAML text as plain values that remember where they stood. Entries without a value count as absent. */
export interface YamlSource {
  readonly value: unknown;
  /** The text is not YAML; `value` is undefined. */
  readonly syntax: readonly { readonly place: Place; readonly what: string }[];
  /** It is YAML, but says something twice, or too much. */
  readonly problems: readonly Problem[];
  locate(path: ConfigPath): Place;
}

/** Reads one YAML document. Never throws, and no message repeats what the text says: it may be a password. */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), col: Math.max(1, col) };
  };
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: "silent",
  });
  const syntax = [...document.errors, ...document.warnings].map((error) => ({
    place: placeAt(error.pos[0]),
    what: explain(error.code, error.message),
  }));
  if (syntax.length > 0) {
    const shown = syntax.slice(0, MAX_SYNTAX_PROBLEMS);
    return { value: undefined, syntax: shown, problems: [], locate: () => ({ line: 1, col: 1 }) };
  }
  const walk = new Walk(document, placeAt);
  const value = walk.visit(document.contents, [], 0);
  return { value, syntax: [], problems: walk.problems, locate: (path) => walk.locate(path) };
}

/** Turns nodes into plain values: bounded in depth and number, whatever aliases say. */
class Walk {
  readonly problems: Problem[] = [];
  readonly #places = new Map<string, Place>();
  readonly #document: Document;
  readonly #placeAt: (offset: number) => Place;
  #nodes = 0;

  constructor(document: Document, placeAt: (offset: number) => Place) {
    this.#document = document;
    this.#placeAt = placeAt;
  }

  locate(path: ConfigPath): Place {
    for (let length = path.length; length >= 0; length -= 1) {
      const place = this.#places.get(JSON.stringify(path.slice(0, length)));
      if (place) return place;
    }
    return { line: 1, col: 1 };
  }

  visit(node: Node | null, path: ConfigPath, depth: number): unknown {
    if (node?.range && !this.#places.has(JSON.stringify(path))) this.#mark(path, node);
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES || depth > MAX_DEPTH) {
      const what = depth > MAX_DEPTH ? "is nested too deeply" : "is too large once its aliases are filled in";
      if (!this.problems.some((problem) => problem.what === what)) this.problems.push({ path, what });
      return undefined;
    }
    if (isAlias(node)) return this.#alias(node, path, depth);
    if (isMap<ParsedNode, ParsedNode | null>(node)) return this.#map(node, path, depth);
    if (isSeq<Node>(node))
      return node.items.map((item, index) => this.visit(item, [...path, index], depth + 1));
    return isScalar(node) ? (node.value ?? undefined) : undefined;
  }

  #alias(alias: Alias, path: ConfigPath, depth: number): unknown {
    const target = alias.resolve(this.#document);
    if (target) return this.visit(target, path, depth + 1);
    this.problems.push({ path, what: `refers to the anchor "${alias.source}", which is not set before it` });
    return undefined;
  }

  #map(map: YAMLMap<ParsedNode, ParsedNode | null>, path: ConfigPath, depth: number): unknown {
    const entries = new Map<string, unknown>();
    const merged: unknown[] = [];
    for (const { key, value } of map.items) {
      const name = isScalar(key) ? String(key.value ?? "") : String(key);
      const below = [...path, name];
      if (name === "<<") {
        merged.push(...[this.visit(value, below, depth + 1)].flat());
        continue;
      }
      if (entries.has(name)) {
        const first = this.locate(below);
        const at = key.range ? { place: this.#placeAt(key.range[0]) } : {};
        this.problems.push({ path: below, what: `is set twice; the first is on line ${first.line}`, ...at });
        continue;
      }
      // A nested map or list begins on its own line: the key is the better place to point at.
      this.#mark(below, isScalar(value) && value.value !== null ? value : key);
      entries.set(name, this.visit(value, below, depth + 1));
    }
    for (const other of merged) {
      if (typeof other !== "object" || other === null) continue;
      for (const [name, value] of Object.entries(other)) if (!entries.has(name)) entries.set(name, value);
    }
    return Object.fromEntries([...entries].filter(([, value]) => value !== undefined));
  }

  #mark(path: ConfigPath, node: Node): void {
    if (node.range) this.#places.set(JSON.stringify(path), this.#placeAt(node.range[0]));
  }
}

function explain(code: string, message: string): string {
  if (message.includes("call stack")) return "is nested too deeply";
  if (code === "TAB_AS_INDENT") return "a tab is used for indentation; YAML allows only spaces";
  if (code === "MULTIPLE_DOCS") return "a second YAML document begins here; a configuration is one document";
  if (code === "TAG_RESOLVE_FAILED")
    return "YAML tags (words that begin with !) are not used in a configuration";
  if (code === "BLOCK_AS_IMPLICIT_KEY")
    return 'a second "key: value" on the same line; quote the value if it contains ": "';
  if (code === "BAD_SCALAR_START") return "a value begins with a reserved character; put it in quotes";
  // What follows a colon and a quote is the text itself.
  const plain = message.replace(/: ".*$/s, "");
  return plain.charAt(0).toLowerCase() + plain.slice(1);
}
