import type { KeyUsage } from "@cassandra-rekey/core";
import type { LabelledKey } from "./keyrings.ts";

/** What the keys that ask a key service have asked of it so far, one line each. */
export function costNotes(keys: readonly LabelledKey[]): readonly string[] {
  return keys.flatMap(({ key, label }) => {
    const usage = key.usage?.();
    if (!usage || usage.calls === 0) return [];
    return [`${calls(usage.calls)} to the key service of key ${label}${costOf(usage.calls, usage)}`];
  });
}

const MANY_CELLS = 1_000_000;

/** What a million cells will cost to read, judging by a sample of which `sampled` cells took `asked` calls. */
export function readingCost({ key, label }: LabelledKey, asked: number, sampled: number): string | undefined {
  const usage = key.usage?.();
  if (!usage || asked === 0 || sampled === 0) return undefined;
  const expected = Math.ceil((asked / sampled) * MANY_CELLS);
  return `${sampled} sampled cells took ${calls(asked)} to the key service of key ${label}: ${calls(expected)} for a million such cells at the most${costOf(expected, usage)}`;
}

/** What a million cells will cost to seal under the target key. */
export function sealingCost({ key: target, label }: LabelledKey): string | undefined {
  const usage = target.usage?.();
  if (usage?.cellsPerCall === undefined) return undefined;
  const expected = Math.ceil(MANY_CELLS / usage.cellsPerCall);
  return `a million cells take about ${calls(expected)} to the key service of target key ${label}${costOf(expected, usage)}`;
}

function calls(count: number): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? "call" : "calls"}`;
}

function costOf(count: number, { price }: KeyUsage): string {
  if (!price) return "";
  const amount = (count * price.per10000) / 10_000;
  const spelled = amount < 0.01 ? "less than 0.01" : `about ${amount.toFixed(2)}`;
  return `, ${spelled} ${price.currency} at ${price.per10000} per 10,000 (${price.source})`;
}
