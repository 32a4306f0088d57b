import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  clocksPartedWays,
  expirySecond,
  fencedWrite,
  MAX_WRITETIME,
  type PendingCell,
  pageAge,
  remainingTtl,
  serverNow,
  youngTest,
} from "../../src/writer/fence.ts";

const T0 = Date.UTC(2026, 0, 1);
const seconds = fc.integer({ min: 0, max: 2_000_000 });

function pending(cell: Partial<PendingCell>): PendingCell {
  const bytes = Buffer.from("x");
  return { column: "c", value: bytes, expected: bytes, writetime: 1n, expiresAt: undefined, ...cell };
}

describe("fencedWrite", () => {
  it("is exactly one microsecond newer than what was read", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, MAX_WRITETIME - 1n), (writetime) => {
        expect(fencedWrite(pending({ writetime }), T0)!.timestamp).toBe(writetime + 1n);
      }),
    );
  });

  it("says TTL 0 for a cell that does not expire, or the table's default would apply", () => {
    expect(fencedWrite(pending({}), T0)!.ttl).toBe(0);
  });

  it("keeps the second of expiry however late it is sent, and never computes a 0", () => {
    fc.assert(
      fc.property(seconds, fc.nat({ max: 999 }), seconds, fc.nat({ max: 999 }), (ttl, ms, lateS, lateMs) => {
        const readMs = T0 + ms;
        const sentMs = readMs + lateS * 1000 + lateMs;
        const expiresAt = expirySecond({ value: Buffer.of(), writetime: 1n, ttl }, readMs)!;
        const write = fencedWrite(pending({ expiresAt }), sentMs);
        const sentSecond = Math.floor(sentMs / 1000);
        if (expiresAt - sentSecond <= 1) {
          expect(write).toBeUndefined();
          return;
        }
        expect(write!.ttl).toBeGreaterThan(1);
        expect(sentSecond + write!.ttl).toBe(Math.floor(readMs / 1000) + ttl);
      }),
    );
  });

  it.each([
    [3, 3],
    [2, 2],
    [1, undefined],
    [0, undefined],
    [-5, undefined],
  ])("with %d seconds left gives a TTL of %s", (left, ttl) => {
    expect(remainingTtl(T0 / 1000 + left, T0 + 999)).toBe(ttl);
  });
});

describe("the age of a page", () => {
  const read = { wallMs: T0, monotonicMs: 1_000, serverMs: T0 + 7 };

  it("counts a suspension, in which only the wall clock goes on", () => {
    expect(pageAge(read, { wallMs: T0 + 3_600_000, monotonicMs: 1_010 })).toBe(3_600_000);
  });

  it("counts on when the wall clock is set back", () => {
    expect(pageAge(read, { wallMs: T0 - 3_600_000, monotonicMs: 6_000 })).toBe(5_000);
  });

  it("carries the server's time on from when the page was read", () => {
    expect(serverNow(read, { wallMs: T0 + 500, monotonicMs: 1_500 })).toBe(T0 + 507);
  });
});

describe("a host's clocks", () => {
  const read = { wallMs: T0, monotonicMs: 1_000, serverMs: T0 };

  it.each([
    ["go on together", 5_000, 5_000, false],
    ["differ by what reading them takes", 5_010, 5_000, false],
    ["part ways when the wall clock is set forward", 6_000, 5_000, true],
    ["part ways when the wall clock is set back", 4_900, 5_000, true],
    ["part ways while the host is suspended", 60_000, 10, true],
  ])("%s", (_, wall, monotonic, apart) => {
    const now = { wallMs: T0 + wall, monotonicMs: 1_000 + monotonic };
    expect(clocksPartedWays(read, now)).toBe(apart);
  });
});

describe("youngTest", () => {
  const now = BigInt(T0) * 1000n;
  const settleMs = 10_000;
  const ago = (ms: number) => now - BigInt(ms) * 1000n;

  it.each([
    ["written just now", ago(0), true, true],
    ["a microsecond short of settled", ago(settleMs) + 1n, true, true],
    ["settled", ago(settleMs), false, false],
    ["written long ago", 1n, false, false],
    ["a little in the future, within what clocks may differ", ago(-settleMs), true, true],
    ["dated in the future", ago(-settleMs) + 1n, true, false],
    ["dated next year", ago(-365 * 86_400_000), true, false],
  ])("tells of a cell %s", (_, writetime, onSweep, onLaterVisit) => {
    expect(youngTest(T0, settleMs, 0)(writetime)).toBe(onSweep);
    expect(youngTest(T0, settleMs, 1)(writetime)).toBe(onLaterVisit);
  });
});
