import { describe, expect, it } from "vitest";
import type { KeySettings } from "../../src/config/settings.ts";
import { keysOf, rollbackVersion } from "../../src/rollback/effective-keys.ts";
import { planned, stored } from "../simulated-job.ts";

const keySettings = (version: string): KeySettings => ({ type: "test", version, options: {}, at: [] });
const keys = { target: keySettings("v2"), previous: [keySettings("v1"), keySettings("v0")] };
const job = (targetVersion?: string) =>
  stored(planned("j", [], targetVersion === undefined ? {} : { targetVersion }));

describe("the keys of a job", () => {
  it("are the configuration's, but for a rollback, which has another target", () => {
    expect(keysOf(job(), keys)).toBe(keys);
    const swapped = keysOf(job("v1"), keys);
    expect(swapped.target.version).toBe("v1");
    expect(swapped.previous.map(({ version }) => version)).toEqual(["v2", "v0"]);
  });

  it("are the configuration's as well once it was swapped by hand", () => {
    const swapped = { target: keySettings("v1"), previous: [keySettings("v2")] };
    expect(keysOf(job("v1"), swapped)).toBe(swapped);
  });

  it("must have the target that the job was planned with", () => {
    expect(() => keysOf(job("v7"), keys)).toThrow(
      expect.objectContaining({ code: "CONFIG.TABLE_MISMATCH", message: expect.stringContaining("v7") }),
    );
  });
});

describe("the version to go back to", () => {
  it("is the only previous one, or the one named", () => {
    expect(rollbackVersion({ ...keys, previous: [keySettings("v1")] }, undefined)).toBe("v1");
    expect(rollbackVersion(keys, "v0")).toBe("v0");
  });

  it("is asked for where there are several, and has to be one of them", () => {
    for (const wanted of [undefined, "v2", "v9"])
      expect(() => rollbackVersion(keys, wanted)).toThrow(expect.objectContaining({ code: "USAGE.INVALID" }));
  });
});
