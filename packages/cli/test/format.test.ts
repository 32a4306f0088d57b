import { UNKNOWN_WRITETIME } from "@cassandra-rekey/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatBytes } from "../src/format/bytes.ts";
import { formatAmount, formatCount, formatRate } from "../src/format/count.ts";
import { formatDuration } from "../src/format/duration.ts";
import { formatBar, formatPercent } from "../src/format/fraction.ts";
import { formatInstant, formatWritetime } from "../src/format/instant.ts";
import { underName } from "../src/format/program-name.ts";
import { shellCommand } from "../src/format/shell-command.ts";

describe("counts", () => {
  it("sets thousands apart", () => {
    expect(formatCount(1_234_567)).toBe("1,234,567");
    expect(formatCount(0)).toBe("0");
  });

  it("counts one thing and many", () => {
    expect(formatAmount(1, "row")).toBe("1 row");
    expect(formatAmount(1200, "row")).toBe("1,200 rows");
  });

  it.each([
    [0, "0 rows/s"],
    [0.42, "0.4 rows/s"],
    [9.94, "9.9 rows/s"],
    [9.96, "10 rows/s"],
    [16_300.4, "16,300 rows/s"],
    [Number.NaN, "0 rows/s"],
    [Number.POSITIVE_INFINITY, "0 rows/s"],
  ])("shows a rate of %d as %s", (rate, text) => {
    expect(formatRate(rate)).toBe(text);
  });
});

describe("durations", () => {
  it.each([
    [0, "0 s"],
    [-5, "0 s"],
    [850, "850 ms"],
    [1000, "1 s"],
    [14_999, "14 s"],
    [60_000, "1 min"],
    [123_000, "2 min 3 s"],
    [3_600_000, "1 h"],
    [3_930_000, "1 h 5 min"],
    [86_400_000 * 3 + 3_600_000 * 4 + 59_000, "3 d 4 h"],
    [Number.NaN, "0 s"],
  ])("shows %d ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe("fractions", () => {
  it("says 100 % only of all", () => {
    expect(formatPercent(0.9999)).toBe("99.9 %");
    expect(formatPercent(1)).toBe("100.0 %");
    expect(formatPercent(0.523)).toBe("52.3 %");
    expect(formatPercent(Number.NaN)).toBe("0.0 %");
  });

  it("draws bars of the same width whatever the fraction", () => {
    expect(formatBar(0.5, 10)).toBe("[#####-----]");
    fc.assert(
      fc.property(fc.double(), (fraction) => {
        expect(formatBar(fraction, 24)).toMatch(/^\[#*-*\]$/);
        expect(formatBar(fraction, 24)).toHaveLength(26);
      }),
    );
  });
});

describe("instants", () => {
  it("shows dates in UTC", () => {
    expect(formatInstant(Date.UTC(2026, 10, 24, 12, 53, 11))).toBe("2026-11-24 12:53:11Z");
  });

  it("shows writetimes, also those that are no dates", () => {
    expect(formatWritetime(1_764_000_000_000_000n)).toBe("2025-11-24 16:00:00Z");
    expect(formatWritetime(2n ** 63n - 1n)).toBe("9223372036854775807 µs");
    expect(formatWritetime(UNKNOWN_WRITETIME)).toBe("not told");
  });
});

describe("shell commands", () => {
  it("quotes only what a shell would take apart", () => {
    expect(shellCommand(["cassandra-rekey", "run", "--config", "config.yaml"])).toBe(
      "cassandra-rekey run --config config.yaml",
    );
    expect(shellCommand(["run", "--config", "my file's.yaml"])).toBe("run --config 'my file'\\''s.yaml'");
  });
});

describe("sizes", () => {
  it.each([
    [0, "0 bytes"],
    [312, "312 bytes"],
    [4.2 * 1024 * 1024, "4.2 MiB"],
    [120 * 1024 ** 3, "120 GiB"],
    [5 * 1024 ** 6, "5120 PiB"],
  ])("%i is %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

it.each([
  ["Run `cassandra-rekey doctor`, then plan.", "Run `acme doctor`, then plan."],
  [
    "Install it: cassandra-rekey plugins install @cassandra-rekey/provider-fernet@1",
    "Install it: acme plugins install @cassandra-rekey/provider-fernet@1",
  ],
  [
    "see docs/cassandra-rekey in cassandra-rekey.state.db, cassandra-rekey",
    "see docs/cassandra-rekey in cassandra-rekey.state.db, cassandra-rekey",
  ],
])("a bundle's name in %j", (text, expected) => {
  expect(underName(text, "acme")).toBe(expected);
  expect(underName(text, "cassandra-rekey")).toBe(text);
});
