import type { z } from "zod";
import type { Problem } from "./problem.ts";
import type { ConfigPath } from "./settings.ts";
import { didYouMean, nearest } from "./suggestion.ts";

/** An issue of zod, or of another schema library as far as Standard Schema goes. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

type ZodIssue = z.core.$ZodIssue;

/** Which keys are known to the object at a path: what misspelt ones are compared with. */
export type KnownKeys = (path: ConfigPath) => readonly string[];

/** Says in plain words what a schema found. `value` is what was validated, `base` where it stands. */
export function explainIssues(
  issues: readonly SchemaIssue[],
  value: unknown,
  knownKeys: KnownKeys,
  base: ConfigPath = [],
): Problem[] {
  const mistyped = new Set(issues.filter(isInvalidType).map(placeOf));
  return (
    issues
      // zod also measures an empty list that should have been text.
      .filter((issue) => isInvalidType(issue) || !mistyped.has(placeOf(issue)))
      .flatMap((issue) => explain(issue, value, knownKeys, base))
  );
}

function isInvalidType(issue: SchemaIssue): boolean {
  return (issue as ZodIssue).code === "invalid_type";
}

function placeOf(issue: SchemaIssue): string {
  return JSON.stringify(plainPath(issue.path ?? []));
}

function explain(issue: SchemaIssue, value: unknown, knownKeys: KnownKeys, base: ConfigPath): Problem[] {
  const inside = plainPath(issue.path ?? []);
  const path = [...base, ...inside];
  const given = valueAt(value, inside);
  const zod = issue as ZodIssue;
  switch (zod.code) {
    case "unrecognized_keys": {
      const known = knownKeys(inside).filter((key) => valueAt(given, [key]) === undefined);
      return zod.keys.map((key) => ({
        path: [...path, key],
        what: `is not a known setting${didYouMean(key, known)}`,
      }));
    }
    case "invalid_type":
      if (given === undefined) return [{ path, what: `is missing${misspelt(inside, value, knownKeys)}` }];
      return [{ path, what: `must be ${named(zod.expected)}, not ${kindOf(given)}${quoting(zod, given)}` }];
    case "invalid_value": {
      if (given === undefined) return [{ path, what: "is missing" }];
      const allowed = zod.values.map(String);
      const guess = typeof given === "string" ? didYouMean(given, allowed) : "";
      return [{ path, what: `must be ${allowed.length > 1 ? "one of " : ""}${allowed.join(", ")}${guess}` }];
    }
    case "too_small":
      if (!zod.message.startsWith("Too small")) return [{ path, what: zod.message }];
      if (zod.origin === "array")
        return [{ path, what: `must have at least ${plural(zod.minimum, "entry", "entries")}` }];
      if (zod.origin === "string")
        return [{ path, what: `must have at least ${plural(zod.minimum, "character", "characters")}` }];
      return [{ path, what: `must be ${zod.inclusive === false ? "more than" : "at least"} ${zod.minimum}` }];
    case "too_big":
      if (!zod.message.startsWith("Too big")) return [{ path, what: zod.message }];
      if (zod.origin === "array")
        return [{ path, what: `must have at most ${plural(zod.maximum, "entry", "entries")}` }];
      if (zod.origin === "string")
        return [{ path, what: `must have at most ${plural(zod.maximum, "character", "characters")}` }];
      return [{ path, what: `must be ${zod.inclusive === false ? "less than" : "at most"} ${zod.maximum}` }];
    case "invalid_key":
      return [{ path, what: zod.issues[0]?.message ?? lowerFirst(issue.message) }];
    case "invalid_union":
      return explainUnion(zod, value, knownKeys, base, given);
    default:
      return [{ path, what: lowerFirst(issue.message) }];
  }
}

/** Of a union's branches, the one that got furthest is what was meant; several at the start are listed. */
function explainUnion(
  issue: Extract<ZodIssue, { code: "invalid_union" }>,
  value: unknown,
  knownKeys: KnownKeys,
  base: ConfigPath,
  given: unknown,
): Problem[] {
  const inside = plainPath(issue.path);
  const at = (branch: readonly ZodIssue[]) =>
    branch.map((part) => ({ ...part, path: [...inside, ...part.path] }) as SchemaIssue);
  const deeper = issue.errors.filter((branch) => branch.some((part) => !isTypeMismatch(part)));
  const [only] = deeper;
  if (only && deeper.length === 1) return explainIssues(at(only), value, knownKeys, base);
  const path = [...base, ...inside];
  if (given === undefined) return [{ path, what: `is missing${misspelt(inside, value, knownKeys)}` }];
  const choices = issue.errors.flatMap((branch) => branch.map(choice)).filter((text) => text !== undefined);
  if (choices.length === 0) return [{ path, what: lowerFirst(issue.message) }];
  return [{ path, what: `must be ${[...new Set(choices)].join(" or ")}, not ${kindOf(given)}` }];
}

function isTypeMismatch(issue: ZodIssue): boolean {
  return issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
}

function choice(issue: ZodIssue): string | undefined {
  if (issue.code === "invalid_type") return named(issue.expected);
  if (issue.code === "invalid_value") return issue.values.map((value) => JSON.stringify(value)).join(" or ");
  return undefined;
}

/** In objects that let unknown keys pass, a missing key may be there under a misspelt name. */
function misspelt(path: ConfigPath, value: unknown, knownKeys: KnownKeys): string {
  const wanted = path.at(-1);
  const parent = valueAt(value, path.slice(0, -1));
  if (typeof wanted !== "string" || typeof parent !== "object" || parent === null) return "";
  const known = new Set(knownKeys(path.slice(0, -1)));
  const found = nearest(
    wanted,
    Object.keys(parent).filter((key) => !known.has(key)),
  );
  return found === undefined ? "" : ` (is "${found}" meant to be it?)`;
}

function named(expected: string): string {
  const names: Record<string, string> = {
    string: "text",
    int: "a whole number",
    number: "a number",
    boolean: "true or false",
    array: "a list",
    object: "a group of settings",
    record: "a group of settings",
  };
  return names[expected] ?? expected;
}

// Only the kind: the value itself may be a secret.
function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return Number.isInteger(value) ? "a number" : "a fraction";
  if (typeof value === "boolean") return "true or false";
  return typeof value === "string" ? "text" : "a group of settings";
}

/** YAML takes an unquoted 12 for a number also where it is a name. */
function quoting(issue: { readonly expected: string }, given: unknown): string {
  const scalar = typeof given === "number" || typeof given === "boolean";
  return issue.expected === "string" && scalar ? "; put it in quotes" : "";
}

function plural(count: number | bigint, one: string, many: string): string {
  return `${count} ${count === 1 || count === 1n ? one : many}`;
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** A schema library's path as a path of the configuration. */
export function plainPath(path: NonNullable<SchemaIssue["path"]>): ConfigPath {
  return path.map((segment) => {
    const key = typeof segment === "object" ? segment.key : segment;
    return typeof key === "number" ? key : String(key);
  });
}

/** The value at a path, or `undefined`. */
export function valueAt(value: unknown, path: ConfigPath): unknown {
  let current = value;
  for (const segment of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, segment)) return undefined;
    current = (current as Record<string | number, unknown>)[segment];
  }
  return current;
}
