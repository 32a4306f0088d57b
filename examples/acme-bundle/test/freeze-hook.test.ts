import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hook } from "@cassandra-rekey/core";
import { describeHook, ManualClock, pluginContext } from "@cassandra-rekey/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import plugin from "../src/index.ts";

const { signal } = new AbortController();
const START = { jobId: "1", kind: "rekey" } as const;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "acme-freeze-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function hookOf(calendar: string, clock = new ManualClock()): Promise<Hook> {
  const file = join(folder, "days.json");
  await writeFile(file, calendar);
  return plugin.hooks!["acme-freeze"]!.create({ calendar: file }, pluginContext({ clock }));
}

describeHook({ describe, it }, { name: "the hook acme-freeze", create: () => hookOf("[]") });

describe("the hook acme-freeze", () => {
  it("starts nothing on a day of the freeze", async () => {
    const clock = new ManualClock();
    const today = new Date(clock.wallMs()).toISOString().slice(0, 10);
    const frozen = await hookOf(JSON.stringify([today]), clock);
    expect(await frozen.gate!(START, signal)).toEqual({
      allow: false,
      reason: `${today} is a day of the change freeze`,
    });
    await clock.advance(24 * 3_600_000);
    expect(await frozen.gate!(START, signal)).toEqual({ allow: true });
  });

  it("starts nothing while the calendar cannot be read", async () => {
    await expect((await hookOf("{")).gate!(START, signal)).rejects.toMatchObject({ code: "CONFIG.INVALID" });
  });
});
