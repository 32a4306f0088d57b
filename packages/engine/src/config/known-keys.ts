import { z } from "zod";
import type { ConfigPath } from "./settings.ts";

/** The keys that a schema knows for the object at `path`; none where it is not an object. */
export function knownKeysOf(schema: z.ZodType, path: ConfigPath): readonly string[] {
  let reachable = objectsAndArrays(schema);
  for (const segment of path) {
    reachable = reachable.flatMap((part) => {
      const below = belowOf(part, segment);
      return below ? objectsAndArrays(below as z.ZodType) : [];
    });
  }
  return reachable.flatMap((part) => (part instanceof z.ZodObject ? Object.keys(part.shape) : []));
}

type Group = z.ZodObject | z.ZodArray | z.ZodRecord;

function belowOf(part: Group, segment: string | number): unknown {
  if (part instanceof z.ZodArray) return part.element;
  return part instanceof z.ZodRecord ? part.valueType : part.shape[segment];
}

function objectsAndArrays(schema: z.ZodType): Group[] {
  if (schema instanceof z.ZodObject || schema instanceof z.ZodArray || schema instanceof z.ZodRecord)
    return [schema];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return objectsAndArrays(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option) => objectsAndArrays(option as z.ZodType));
  }
  return [];
}
