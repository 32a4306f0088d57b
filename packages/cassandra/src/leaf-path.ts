/** One step of a path into a value: into a named field, into the n-th field of a tuple, or into every element. */
export type PathStep = { readonly field: string } | { readonly index: number } | "every";

/** Reads a path such as `contacts[*].phone`, `"Odd field"[0]` or `[*]`; `undefined` when it is none. */
export function parseLeafPath(path: string): readonly PathStep[] | undefined {
  const steps: PathStep[] = [];
  let rest = path;
  while (rest !== "") {
    const match = /^\[(\*|\d{1,4})\]|^(\.?)(?:"((?:[^"]|"")+)"|(\w+))/.exec(rest);
    if (!match) return undefined;
    const [all, index, dot, quoted, plain] = match;
    rest = rest.slice(all.length);
    if (index !== undefined) {
      steps.push(index === "*" ? "every" : { index: Number(index) });
      continue;
    }
    // The dot stands between steps, and nowhere else.
    if ((dot === ".") !== steps.length > 0) return undefined;
    steps.push({ field: quoted === undefined ? plain! : quoted.replaceAll('""', '"') });
  }
  return steps.length > 0 ? steps : undefined;
}

/** The steps as {@link parseLeafPath} reads them, spelled in the one usual way. */
export function pathText(steps: readonly PathStep[]): string {
  return steps.reduce<string>((path, step) => {
    if (step === "every") return `${path}[*]`;
    return "field" in step ? fieldPath(path, { name: step.field }, 0) : `${path}[${step.index}]`;
  }, "");
}

/** The path that leads from a place to one of its fields. */
export function fieldPath(path: string, field: { readonly name: string | undefined }, index: number): string {
  if (field.name === undefined) return `${path}[${index}]`;
  const name = /^\w+$/.test(field.name) ? field.name : `"${field.name.replaceAll('"', '""')}"`;
  return path === "" ? name : `${path}.${name}`;
}
