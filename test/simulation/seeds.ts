import type { Statement } from "../../packages/testkit/src/index.ts";
import type { ApplicationWrites } from "./application-writes.ts";
import { PARTS, partitionKey, ROW_COLUMNS, rowKey, STATIC_COLUMN } from "./rows.ts";
import type { Seed, StaticSeed } from "./scenario.ts";

/** The largest writetime there is. */
export const LARGEST = 2n ** 63n - 1n;

/** What makes a row that is there before the job begins; `utcMs` is when that is. */
export function seedStatements(
  { kind, ttl }: Seed,
  row: number,
  utcMs: number,
  writes: ApplicationWrites,
): readonly Statement[] {
  const key = rowKey(row);
  const ageMicros = kind === "young" ? 3_000_000n : 60_000_000n;
  const timestamp = BigInt(utcMs) * 1000n - ageMicros + BigInt(row);
  const values = (columns: readonly string[], version = "old") => writes.values(row, columns, version);
  const insert = (more: object = {}): Statement[] => [
    { kind: "insert", key, values: values(ROW_COLUMNS), timestamp, ttl: 0, ...more },
  ];
  switch (kind) {
    case "updated":
      return [{ kind: "update", key, values: values(ROW_COLUMNS), timestamp, ttl: 0 }];
    case "email only":
      return [{ kind: "update", key, values: values(["email"]), timestamp, ttl: 0 }];
    case "expiring":
      return insert({ ttl });
    case "expiring email":
      return [
        ...insert({ values: values(["phone"]) }),
        { kind: "update", key, values: values(["email"]), timestamp: timestamp + 5n, ttl },
      ];
    case "target":
      return insert({ values: values(ROW_COLUMNS, "new") });
    case "garbage":
      return insert({ values: values(ROW_COLUMNS, "garbage") });
    case "largest writetime":
      return [...insert(), { kind: "update", key, values: values(["phone"]), timestamp: LARGEST, ttl: 0 }];
    case "dated ahead":
      return insert({ timestamp: timestamp + 3_600_000_000n });
    case "with parts":
      return [
        ...insert(),
        ...PARTS.map(
          (part, index): Statement => ({
            kind: "update",
            key,
            values: values([part]),
            timestamp: timestamp + BigInt(7 * index),
            ttl: index === 1 ? ttl : 0,
          }),
        ),
      ];
    default:
      return insert();
  }
}

/** What makes the static cell of a partition that is there before the job begins. */
export function staticStatements(
  kind: StaticSeed,
  partition: number,
  utcMs: number,
  writes: ApplicationWrites,
): readonly Statement[] {
  if (kind === "none") return [];
  const ageMicros = kind === "young" ? 3_000_000n : 60_000_000n;
  return [
    {
      kind: "update",
      key: partitionKey(partition),
      values: writes.values(partition, [STATIC_COLUMN], kind === "target" ? "new" : "old"),
      timestamp: BigInt(utcMs) * 1000n - ageMicros,
      ttl: kind === "expiring" ? 30 : 0,
    },
  ];
}
