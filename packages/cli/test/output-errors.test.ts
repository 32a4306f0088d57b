import { EventEmitter } from "node:events";
import { constants } from "node:os";
import { describe, expect, it } from "vitest";
import { OutputErrors } from "../src/terminal/output-errors.ts";

type Code = keyof typeof constants.errno;

/** Standard output with oclif's listener, which is there first and throws again what it hears. */
function setUp(isTTY = false) {
  const stdout = Object.assign(new EventEmitter(), { isTTY });
  stdout.on("error", (error) => {
    throw error;
  });
  const stderr = new EventEmitter();
  const errors = new OutputErrors(stdout, stderr);
  const fail = (code: Code) => {
    const error = Object.assign(new Error(`write ${code}`), { code, errno: -constants.errno[code] });
    expect(() => stdout.emit("error", error)).toThrow(error);
    return error;
  };
  return { stderr, errors, fail };
}

describe("errors of the output", () => {
  it("are known, also when another listener throws them", () => {
    const { stderr, errors, fail } = setUp();
    expect(errors.met(fail("EIO"))).toBe(true);
    expect(errors.met(new Error("write EIO"))).toBe(false);
    expect(errors.met("EIO")).toBe(false);
    stderr.emit("error", new Error("no room for logs"));
    expect(errors.unwritten?.message).toContain("EIO");
  });

  it.each<[Code, boolean]>([
    ["EPIPE", false],
    ["ECONNRESET", false],
    ["EIO", true],
  ])("that say that nobody reads are none of ours: %s, on a terminal: %s", (code, isTTY) => {
    const { errors, fail } = setUp(isTTY);
    fail(code);
    expect(errors.unwritten).toBeUndefined();
  });

  it.each<[Code, string]>([
    ["ENOSPC", "no space left on device"],
    ["EFBIG", "file too large"],
    ["EIO", "i/o error"],
  ])("that leave a gap in the result are told: %s", (code, text) => {
    const { errors, fail } = setUp();
    fail(code);
    fail("EROFS");
    expect(errors.unwritten).toMatchObject({
      code: "OUTPUT.UNWRITABLE",
      message: `standard output cannot be written: ${text} (${code})`,
    });
  });
});
