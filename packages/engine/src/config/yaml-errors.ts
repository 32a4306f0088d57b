import { type Document, isCollection, isScalar, type Node, visit } from "yaml";

const EXPLANATIONS: Readonly<Record<string, string>> = {
  RESOURCE_EXHAUSTION: "is nested too deeply",
  TAB_AS_INDENT: "a tab is used for indentation; YAML allows only spaces",
  MULTIPLE_DOCS: "a second YAML document begins here; a configuration is one document",
  TAG_RESOLVE_FAILED: "YAML tags (words that begin with !) are not used in a configuration",
  BAD_COLLECTION_TYPE: "YAML tags (words that begin with !) are not used in a configuration",
  BAD_DIRECTIVE: "YAML directives (lines that begin with %) are not used in a configuration",
  BLOCK_AS_IMPLICIT_KEY: 'a second "key: value" on the same line; quote the value if it contains ": "',
  BAD_SCALAR_START: "a value begins with a reserved character; put it in quotes",
  BAD_ALIAS: "a value that begins with & or * must be put in quotes",
  BAD_DQ_ESCAPE:
    "a backslash in double quotes begins an escape that YAML does not know; in single quotes it is a plain backslash",
};

/** How YAML's parser calls things, and what stands in the text. */
const TOKENS: Readonly<Record<string, string>> = {
  "flow-map-start": '"{"',
  "flow-map-end": '"}"',
  "flow-seq-start": '"["',
  "flow-seq-end": '"]"',
  "block-seq-ind": '"- "',
  "map-value-ind": '":"',
  "explicit-key-ind": '"?"',
  "double-quoted-scalar": "quoted text",
  "single-quoted-scalar": "quoted text",
  "block-scalar": "text",
  scalar: "text",
};

/** What only repeats that the parser has lost its place. */
const FOLLOWING = new Set(["UNEXPECTED_TOKEN", "RESOURCE_EXHAUSTION", "BAD_INDENT", "MISSING_CHAR"]);

/** One place where a text is not YAML. */
export interface SyntaxProblem {
  readonly offset: number;
  readonly what: string;
}

/** What keeps a text from being YAML, in its order. No message repeats what the text says: it may be a password. */
export function syntaxProblems(document: Document.Parsed): SyntaxProblem[] {
  const problems: SyntaxProblem[] = [];
  let lost = false;
  for (const error of [...document.errors, ...document.warnings]) {
    // Once the parser has lost its place, it stumbles over everything that follows.
    if (lost && FOLLOWING.has(error.code)) continue;
    lost ||= error.code === "RESOURCE_EXHAUSTION" || / in YAML (stream|document)/.test(error.message);
    problems.push(
      unclosed(error.message, error.pos[0], document) ?? {
        offset: error.pos[0],
        what: explain(error.code, error.message),
      },
    );
  }
  return problems;
}

/** The parser misses what would close a text or list at the end of it; the place to look at is where it was opened. */
function unclosed(message: string, offset: number, document: Document.Parsed): SyntaxProblem | undefined {
  const quote = message.startsWith("Missing closing");
  const flow = /^Flow (map|sequence) .*must .*end with a .$/.exec(message);
  if (!quote && !flow) return undefined;
  let opened = offset;
  visit(document, {
    Node: (_, node) => {
      if (node.range && node.range[0] < offset && isOpenedBy(node, quote)) opened = node.range[0];
    },
  });
  const what = quote ? "quote" : flow?.[1] === "map" ? '"{"' : '"["';
  return { offset: opened, what: `a ${what} is opened here and never closed` };
}

function isOpenedBy(node: Node, quote: boolean): boolean {
  if (quote) return isScalar(node) && node.type?.startsWith("QUOTE") === true;
  return isCollection(node) && node.flow === true;
}

function explain(code: string, message: string): string {
  if (message.startsWith("Block scalar header includes extra")) {
    return "a value that begins with | or > must be put in quotes";
  }
  const known = EXPLANATIONS[code];
  if (known !== undefined) return known;
  // What follows a colon may be the text itself.
  const plain = message
    .replace(/: .*$/s, "")
    .replace(/ in YAML (stream|document)$/, " here")
    .replace(/ at node end$/, " after the value")
    .replace(/ token\b/, "")
    .replace(/[a-z]+(-[a-z]+)+|\bscalar\b/g, (name) => TOKENS[name] ?? name);
  return plain.charAt(0).toLowerCase() + plain.slice(1);
}
