import type { LeafTree } from "@cassandra-rekey/core";
import type { CqlType } from "./cql-type.ts";
import { fieldPath, type PathStep, parseLeafPath } from "./leaf-path.ts";

/** The leaves of a frozen type that hold ciphertext, or why they cannot be rekeyed. */
export type LeafTreeResult = { readonly tree: LeafTree } | { readonly problem: string };

type Leaf = Extract<LeafTree, { readonly kind: "leaf" }>;

/** Says why a path or a type does not do; caught where the tree is asked for. */
class Unfit {
  readonly problem: string;

  constructor(problem: string) {
    this.problem = problem;
  }
}

const FORMS: Readonly<Record<string, Leaf["form"]>> = {
  blob: "binary",
  text: "text",
  ascii: "text",
  varchar: "text",
};

/** The tree of the leaves that the paths lead to; without paths, of every leaf that can hold ciphertext. */
export function leafTree(type: CqlType, paths: readonly string[] | undefined): LeafTreeResult {
  try {
    if (!paths) {
      const tree = everyLeaf(type, "");
      return tree ? { tree } : { problem: "has no text or blob inside" };
    }
    const trees = paths.map((path) => {
      const steps = parseLeafPath(path);
      if (!steps) throw new Unfit(`has no place ${path}: a path is like contacts[*].phone`);
      return follow(type, steps, "");
    });
    return { tree: trees.reduce(merged) };
  } catch (error) {
    if (error instanceof Unfit) return { problem: error.problem };
    throw error;
  }
}

/** Every leaf of a tree, in the order in which a value holds them. */
export function leavesOf(tree: LeafTree): readonly Leaf[] {
  if (tree.kind === "leaf") return [tree];
  if (tree.kind === "fields") return tree.of.flatMap((field) => (field ? leavesOf(field) : []));
  return leavesOf(tree.of);
}

function everyLeaf(type: CqlType, path: string): LeafTree | undefined {
  switch (type.kind) {
    case "opaque": {
      const form = FORMS[type.name];
      return form && { kind: "leaf", form, path };
    }
    case "fields": {
      const of = type.fields.map((field, index) => everyLeaf(field.type, fieldPath(path, field, index)));
      return of.some((field) => field) ? { kind: "fields", of } : undefined;
    }
    case "set":
      return setOf(everyLeaf(type.of, `${path}[*]`), path);
    default: {
      const of = everyLeaf(type.of, `${path}[*]`);
      return of && { kind: type.kind, of };
    }
  }
}

function follow(type: CqlType, [step, ...rest]: readonly PathStep[], path: string): LeafTree {
  if (step === undefined) {
    const tree = everyLeaf(type, path);
    if (tree) return tree;
    throw new Unfit(`has no text or blob at ${path}`);
  }
  if (type.kind === "opaque")
    throw new Unfit(`has nothing inside ${path || "it"}, which is of type ${type.name}`);
  if (type.kind === "fields") {
    const index = type.fields.findIndex((field, at) =>
      step !== "every" && "field" in step ? field.name === step.field : step !== "every" && at === step.index,
    );
    const field = type.fields[index];
    if (!field)
      throw new Unfit(`has no ${stepText(step)} at ${path || "its top"}; ${fieldNames(type.fields)}`);
    const tree = follow(field.type, rest, fieldPath(path, field, index));
    return { kind: "fields", of: type.fields.map((_, at) => (at === index ? tree : undefined)) };
  }
  if (step !== "every") throw new Unfit(`is a ${type.kind} at ${path || "its top"}: its elements are [*]`);
  const of = follow(type.of, rest, `${path}[*]`);
  return type.kind === "set" ? setOf(of, path)! : { kind: type.kind, of };
}

function setOf(of: LeafTree | undefined, path: string): LeafTree | undefined {
  if (!of) return undefined;
  if (of.kind === "leaf") return { kind: "set", of };
  throw new Unfit(
    `has ciphertext inside the elements of a set${path === "" ? "" : ` at ${path}`}, which are its order`,
  );
}

function merged(a: LeafTree, b: LeafTree): LeafTree {
  if (a.kind === "fields" && b.kind === "fields") {
    const of = a.of.map((field, index) => {
      const other = b.of[index];
      return field && other ? merged(field, other) : (field ?? other);
    });
    return { kind: "fields", of };
  }
  if ((a.kind === "list" || a.kind === "map") && b.kind === a.kind)
    return { kind: a.kind, of: merged(a.of, b.of) };
  return a;
}

function stepText(step: PathStep): string {
  if (step === "every") return "elements [*]";
  return "field" in step ? `field ${step.field}` : `field [${step.index}]`;
}

function fieldNames(fields: readonly { readonly name: string | undefined }[]): string {
  const names = fields.map(({ name }, index) => name ?? `[${index}]`);
  return `its fields are ${names.slice(0, 20).join(", ")}`;
}
