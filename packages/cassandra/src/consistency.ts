import { RekeyError } from "@cassandra-rekey/core";
import cassandra from "cassandra-driver";

/** The protocol's code of a consistency level as CQL spells it. */
export function consistencyCode(name: string): number {
  const camel = name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const codes = cassandra.types.consistencies as unknown as Record<string, number>;
  if (Object.hasOwn(codes, camel)) return codes[camel]!;
  throw new RekeyError("CONFIG.INVALID", `"${name}" is not a consistency level`);
}
