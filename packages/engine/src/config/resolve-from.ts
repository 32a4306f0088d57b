import { isAbsolute, join } from "node:path";

/** Starts a relative file name at the configuration's folder. */
export type Resolve = (file: string) => string;

/** {@link Resolve} for one folder. */
export function resolveFrom(directory: string): Resolve {
  return (file) => (isAbsolute(file) ? file : join(directory, file));
}
