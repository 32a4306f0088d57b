import { RekeyError } from "@cassandra-rekey/core";
import cassandra from "cassandra-driver";

/** By their names in CQL; the driver spells them in camel case. */
const CODES: ReadonlyMap<string, number> = new Map(
  Object.entries(cassandra.types.consistencies as unknown as Readonly<Record<string, number>>).map(
    ([name, code]) => [name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(), code],
  ),
);

/** The protocol's code of a consistency level as CQL spells it. */
export function consistencyCode(name: string): number {
  const code = CODES.get(name.toUpperCase());
  if (code !== undefined) return code;
  throw new RekeyError("CONFIG.INVALID", `"${name}" is not a consistency level`);
}
