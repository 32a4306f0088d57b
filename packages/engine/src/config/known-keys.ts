import { z } from "zod";
import type { ConfigPath } from "./settings.ts";

/** The keys that a schema knows for the object at `path`; none where it is not an object. */
export function knownKeysOf(schema: z.ZodType, path: ConfigPath): readonly string[] {
  let reachable = objectsAndArrays(schema);
  for (const segment of path) {
    reachable = reachable.flatMap((part) => {
      const below = part instanceof z.ZodArray ? part.element : part.shape[segment];
      return below ? objectsAndArrays(below as z.ZodType) : [];
    });
  }
  return reachable.flatMap((part) => (part instanceof z.ZodObject ? Object.keys(part.shape) : []));
}

function objectsAndArrays(schema: z.ZodType): (z.ZodObject | z.ZodArray)[] {
  if (schema instanceof z.ZodObject || schema instanceof z.ZodArray) return [schema];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return objectsAndArrays(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option) => objectsAndArrays(option as z.ZodType));
  }
  return [];
}
