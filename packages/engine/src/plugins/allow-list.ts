/** Whether an allow-list lets a package in: `name`, `name@1.2.3` (exactly) or `@scope/*`. No list lets all in. */
export function allowsPackage(
  allowed: readonly string[] | undefined,
  found: { readonly name: string; readonly version: string },
): boolean {
  return (
    !allowed ||
    allowed.some((entry) => {
      if (entry.endsWith("/*")) return found.name.startsWith(entry.slice(0, -1));
      return entry === found.name || entry === `${found.name}@${found.version}`;
    })
  );
}

/** Whether an allow-list lets a local module in: by its file name as the configuration spells it, or by its path. */
export function allowsModule(
  allowed: readonly string[] | undefined,
  found: { readonly spelling: string; readonly path: string },
): boolean {
  return !allowed || allowed.includes(found.spelling) || allowed.includes(found.path);
}
