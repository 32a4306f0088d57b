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
  visit,
  type YAMLMap,
} from "yaml";
import type { Problem } from "./problem.ts";
import type { ConfigPath, Place } from "./settings.ts";
import { syntaxProblems } from "./yaml-errors.ts";

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
  /** It says too much, so a part of it was left out of `value`. */
  readonly cut: boolean;
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
    // Quieter than this, it would keep to itself that there is a second document.
    logLevel: "error",
  });
  const syntax = syntaxProblems(document).map(({ offset, what }) => ({ place: placeAt(offset), what }));
  if (syntax.length > 0) {
    const shown = syntax.slice(0, MAX_SYNTAX_PROBLEMS);
    const start = { line: 1, col: 1 };
    return { value: undefined, syntax: shown, problems: [], cut: true, locate: () => start };
  }
  const walk = new Walk(anchorsOf(document), placeAt);
  const value = walk.visit(document.contents, [], 0);
  return {
    value,
    syntax: [],
    problems: walk.problems,
    cut: walk.cut,
    locate: (path) => walk.locate(path),
  };
}

/** What each alias stands for: the last node before it that has its anchor. Found in one pass, whatever their number. */
function anchorsOf(document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** Turns nodes into plain values: bounded in depth and number, whatever aliases say. */
class Walk {
  readonly problems: Problem[] = [];
  readonly #places = new Map<string, Place>();
  readonly #targets: ReadonlyMap<Alias, Node>;
  readonly #placeAt: (offset: number) => Place;
  #nodes = 0;
  #cut = false;

  constructor(targets: ReadonlyMap<Alias, Node>, placeAt: (offset: number) => Place) {
    this.#targets = targets;
    this.#placeAt = placeAt;
  }

  get cut(): boolean {
    return this.#cut;
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
      this.#refuse(path, depth);
      return undefined;
    }
    if (isAlias(node)) return this.#alias(node, path, depth);
    if (isMap<ParsedNode, ParsedNode | null>(node)) return this.#map(node, path, depth);
    if (isSeq<Node>(node))
      return node.items.map((item, index) => this.visit(item, [...path, index], depth + 1));
    return isScalar(node) ? (node.value ?? undefined) : undefined;
  }

  #alias(alias: Alias, path: ConfigPath, depth: number): unknown {
    const target = this.#targets.get(alias);
    if (target) return this.visit(target, path, depth + 1);
    const what =
      "refers to an anchor that is not set before it; a value that begins with * must be put in quotes";
    this.problems.push({ path, what });
    return undefined;
  }

  /** Says once that there is too much. The path is cut: it may be as long as the nesting is deep. */
  #refuse(path: ConfigPath, depth: number): void {
    const what =
      depth > MAX_DEPTH
        ? "is nested too deeply"
        : `makes the configuration too large: more than ${MAX_NODES} values, aliases filled in`;
    this.#cut = true;
    if (this.problems.some((problem) => problem.what === what)) return;
    this.problems.push({ path: path.slice(0, 3), what, place: this.locate(path) });
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
