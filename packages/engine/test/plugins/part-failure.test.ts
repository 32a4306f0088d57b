import { RekeyError } from "@cassandra-rekey/core";
import { expect, it } from "vitest";
import { askPart } from "../../src/plugins/part-failure.ts";

const words = (failure: string, cause: unknown) =>
  new RekeyError("PLUGIN.INVALID", `it failed: ${failure}`, { cause });

it("passes answers and errors of ours on, and puts all else into words that quote nothing", () => {
  expect(askPart(() => 5, words)).toBe(5);
  const ours = new RekeyError("STATE.STORAGE", "disk full");
  const failing = (error: unknown) => () =>
    askPart(() => {
      throw error;
    }, words);
  expect(failing(ours)).toThrow(ours);
  const cause = new TypeError("s3cret");
  expect(failing(cause)).toThrow(
    expect.objectContaining({
      code: "PLUGIN.INVALID",
      message: expect.stringMatching(/^it failed: unexpected TypeError at part-failure\.test\.ts:\d+:\d+$/),
      cause,
    }),
  );
});
