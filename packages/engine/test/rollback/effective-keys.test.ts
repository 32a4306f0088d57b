import { describe, expect, it } from "vitest";
import type { KeySettings } from "../../src/config/settings.ts";
import { keysOf, plannedTargets, rollbackTargets, targetsOf } from "../../src/rollback/effective-keys.ts";
import { planned, stored } from "../simulated-job.ts";
import { settingsOf } from "../simulated-run.ts";

const keySettings = (version: string): KeySettings => ({ type: "test", version, options: {}, at: [] });
const keyring = (...[target, ...previous]: readonly string[]) => ({
  target: keySettings(target!),
  previous: previous.map(keySettings),
});
const settings = { keys: keyring("v2", "v1", "v0") };
const both = { ...settings, keyrings: new Map([["cards", keyring("c2", "c1")]]) };
const job = (change: Parameters<typeof planned>[2] = {}) => stored(planned("j", [], change));

describe("the keys of a job", () => {
  it("are the configuration's, but for a rollback, which has another target", () => {
    expect(keysOf(job(), settings)).toEqual(settings);
    const { keys } = keysOf(job({ targetVersion: "v1" }), settings);
    expect(keys.target.version).toBe("v1");
    expect(keys.previous.map(({ version }) => version)).toEqual(["v2", "v0"]);
  });

  it("are the configuration's as well once it was swapped by hand", () => {
    const swapped = { keys: keyring("v1", "v2") };
    expect(keysOf(job({ targetVersion: "v1" }), swapped)).toEqual(swapped);
  });

  it("must have the target that the job was planned with", () => {
    expect(() => keysOf(job({ targetVersion: "v7" }), settings)).toThrow(
      expect.objectContaining({ code: "CONFIG.TABLE_MISMATCH", message: expect.stringContaining("v7") }),
    );
  });

  it("must still go where they did when the job was planned: half of it would go elsewhere", () => {
    const tables = [{ ...settingsOf({}).tables[0]!, columnKeyrings: new Map([["phone", "cards"]]) }];
    const targets = plannedTargets({ ...both, tables });
    expect(targets).toEqual({ plannedFor: { keys: "v2", cards: "c2" } });
    expect(keysOf(job(targets), both)).toEqual(both);
    const swapped = { ...both, keys: keyring("v1", "v2") };
    const moved = { ...both, keyrings: new Map([["cards", keyring("c3", "c2", "c1")]]) };
    for (const wrong of [swapped, moved, settings])
      expect(() => keysOf(job(targets), wrong)).toThrow(
        expect.objectContaining({
          code: "CONFIG.TABLE_MISMATCH",
          message: expect.stringMatching(/was planned to rewrite cells to key .+; the configuration /),
        }),
      );
  });

  it("have each named keyring's own target, and are refused without that keyring or its key", () => {
    const back = job({ keyringTargets: { cards: "c1" } });
    const { keys, keyrings } = keysOf(back, both);
    expect(keys).toEqual(settings.keys);
    expect(keyrings!.get("cards")).toEqual(keyring("c1", "c2"));
    expect(targetsOf(back)).toEqual({ keyringTargets: { cards: "c1" } });
    for (const wrong of [settings, { ...settings, keyrings: new Map([["cards", keyring("c2")]]) }])
      expect(() => keysOf(back, wrong)).toThrow(
        expect.objectContaining({
          code: "CONFIG.TABLE_MISMATCH",
          message: expect.stringMatching(/keyring cards/),
        }),
      );
  });
});

describe("the versions to go back to", () => {
  it("are the only previous ones, or those named", () => {
    expect(rollbackTargets({ keys: keyring("v2", "v1") }, ["keys"], [])).toEqual({ targetVersion: "v1" });
    expect(rollbackTargets(settings, ["keys"], ["v0"])).toEqual({ targetVersion: "v0" });
    expect(rollbackTargets(settings, ["keys"], ["keys=v0"])).toEqual({ targetVersion: "v0" });
  });

  it("are asked for where there are several, and have to be among them", () => {
    for (const wanted of [[], ["v2"], ["v9"], ["v1", "v0"], ["cards=v1"]])
      expect(() => rollbackTargets(settings, ["keys"], wanted)).toThrow(
        expect.objectContaining({ code: "USAGE.INVALID" }),
      );
  });

  it("are those of each keyring that the job has, and of no other", () => {
    expect(rollbackTargets(both, ["keys", "cards"], ["v1"])).toEqual({
      targetVersion: "v1",
      keyringTargets: { cards: "c1" },
    });
    expect(rollbackTargets(both, ["cards"], ["cards=c1"])).toEqual({ keyringTargets: { cards: "c1" } });
    expect(() => rollbackTargets(both, ["cards"], ["v1"])).toThrow(
      expect.objectContaining({
        code: "USAGE.INVALID",
        message: "v1 is not one of the job's previous keys: c1 of keyring cards",
      }),
    );
  });
});
