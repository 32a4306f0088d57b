/** The number that an answer holds; as text why there is none. */
export type ReadValue = number | string;

/** The answer as a number, or the number at a path of names and indexes in its JSON. */
export function plainValue(text: string, field: string | undefined): ReadValue {
  if (field === undefined)
    return finite(text.trim() === "" ? undefined : Number(text), "the answer is no number");
  let value = parse(text);
  for (const name of field.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name))
      return `the answer has no ${field}`;
    value = (value as Record<string, unknown>)[name];
  }
  return finite(value, `${field} of the answer is no number`);
}

/** The largest value of a Prometheus answer. */
export function prometheusValue(text: string): ReadValue {
  const { status, data } = (parse(text) ?? {}) as {
    status?: unknown;
    data?: { resultType?: unknown; result?: unknown };
  };
  if (status !== "success") return "the query failed";
  const values = samplesOf(data).filter((value) => !Number.isNaN(value));
  return values.length === 0 ? "the query has no result" : Math.max(...values);
}

function samplesOf(data: { resultType?: unknown; result?: unknown } | undefined): number[] {
  const { resultType, result } = data ?? {};
  if (!Array.isArray(result)) return [];
  if (resultType === "scalar") return [Number(result[1])];
  if (resultType !== "vector") return [];
  return result.map((series: { value?: unknown }) =>
    Array.isArray(series?.value) ? Number(series.value[1]) : Number.NaN,
  );
}

function finite(value: unknown, otherwise: string): ReadValue {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
