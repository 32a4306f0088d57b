import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { OutputErrors } from "../src/terminal/output-errors.ts";

it("knows the errors of its streams, also those that another listener throws", () => {
  const stream = new EventEmitter();
  // As oclif does, which is there first.
  stream.on("error", (error) => {
    throw error;
  });
  const errors = new OutputErrors([stream]);
  const hungUp = Object.assign(new Error("write EIO"), { code: "EIO" });
  expect(() => stream.emit("error", hungUp)).toThrow(hungUp);
  expect(errors.met(hungUp)).toBe(true);
  expect(errors.met(new Error("write EIO"))).toBe(false);
  expect(errors.met("EIO")).toBe(false);
});
