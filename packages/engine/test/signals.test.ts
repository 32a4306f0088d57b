import { RekeyError } from "@cassandra-rekey/core";
import { expect, it } from "vitest";
import { beforeStop } from "../src/signals.ts";

it("what comes of a bare stop is said for people; all else passes as it is", async () => {
  const stop = AbortSignal.abort("bare");
  const ending = (reason: unknown) => beforeStop(stop, "the job began", () => Promise.reject(reason));
  await expect(ending("bare")).rejects.toMatchObject({
    code: "INTERRUPTED",
    message: "stopped before the job began",
  });
  const [defect, ours] = [new TypeError("a defect"), new RekeyError("KEY.REFUSED", "no")];
  for (const error of [defect, ours]) await expect(ending(error)).rejects.toBe(error);
  await expect(beforeStop(undefined, "x", () => Promise.reject(defect))).rejects.toBe(defect);
  expect(await beforeStop(stop, "x", async () => 5)).toBe(5);
});
