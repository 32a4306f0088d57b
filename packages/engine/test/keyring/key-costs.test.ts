import type { KeyUsage } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { costNotes, readingCost, sealingCost } from "../../src/keyring/key-costs.ts";
import { testKey } from "../test-keys.ts";

const price = { per10000: 0.03, currency: "USD", source: "example.com/pricing" };

function costly(version: string, usage: KeyUsage) {
  return { key: { ...testKey(version), usage: () => usage }, label: version };
}

const local = { key: testKey("v1"), label: "v1" };

describe("what key services are asked for", () => {
  it("is told for keys that ask one, with the cost where a price is known", () => {
    const keys = [
      local,
      costly("v2", { calls: 0, price }),
      costly("v3", { calls: 1 }),
      costly("v4", { calls: 12_345, price }),
      costly("v5", { calls: 2_000_000, price }),
    ];
    expect(costNotes(keys)).toEqual([
      "1 call to the key service of key v3",
      "12,345 calls to the key service of key v4, about 0.04 USD at 0.03 per 10,000 (example.com/pricing)",
      "2,000,000 calls to the key service of key v5, about 6.00 USD at 0.03 per 10,000 (example.com/pricing)",
    ]);
    expect(costNotes([costly("v6", { calls: 3, price })])[0]).toContain("less than 0.01 USD");
  });

  it("is estimated for a million cells from a sample, and for sealing from what one call serves", () => {
    const key = costly("v2", { calls: 9, price, cellsPerCall: 65_536 });
    expect(readingCost(key, 200, 200)).toBe(
      "200 sampled cells took 200 calls to the key service of key v2: 1,000,000 calls for a million such cells at the most, about 3.00 USD at 0.03 per 10,000 (example.com/pricing)",
    );
    expect(sealingCost(key)).toBe(
      "a million cells take about 16 calls to the key service of target key v2, less than 0.01 USD at 0.03 per 10,000 (example.com/pricing)",
    );
    expect(readingCost(key, 0, 200)).toBeUndefined();
    expect(readingCost(key, 5, 0)).toBeUndefined();
    expect(readingCost(local, 5, 5)).toBeUndefined();
    expect(sealingCost(costly("v3", { calls: 1 }))).toBeUndefined();
  });
});
