import { describe, expect, it } from "vitest";
import { cutToWidth, oneLine, visibleWidth } from "../src/terminal/plain-text.ts";
import { Screen } from "../src/terminal/screen.ts";
import { noStyle, styleFor } from "../src/terminal/style.ts";
import { textTable } from "../src/terminal/text-table.ts";
import { FakeStream } from "./fake-stream.ts";

const erase = (lines: number) => `\u001b[${lines}A\r\u001b[J`;

describe("the screen", () => {
  it("draws a block again in place, and writes above it", () => {
    const stream = new FakeStream({ isTTY: true });
    const screen = new Screen(stream, noStyle);
    screen.draw(["a", "b"]);
    screen.draw(["c"]);
    screen.write("log\n");
    expect(stream.text).toBe(`a\nb\n${erase(2)}c\n${erase(1)}log\nc\n`);
  });

  it("leaves a released block alone", () => {
    const stream = new FakeStream({ isTTY: true });
    const screen = new Screen(stream, noStyle);
    screen.draw(["a"]);
    screen.release();
    screen.write("done\n");
    expect(stream.text).toBe("a\ndone\n");
  });

  it("cuts what does not fit", () => {
    const stream = new FakeStream({ isTTY: true, rows: 4 });
    const screen = new Screen(stream, noStyle);
    screen.draw(["x".repeat(200), "b", "c", "d", "e"]);
    const lines = stream.text.trimEnd().split("\n");
    expect(lines).toEqual([`${"x".repeat(98)}…`, "b", "… 3 more lines do not fit here"]);
  });

  it("goes by the usual size where a terminal knows none", () => {
    const stream = new FakeStream({ isTTY: true, rows: 0, columns: 0 });
    const screen = new Screen(stream, noStyle);
    screen.draw(["progress", "rate"]);
    expect(stream.text).toBe("progress\nrate\n");
    expect(screen.columns).toBe(79);
  });

  it("is quiet once nobody reads", () => {
    const stream = new FakeStream();
    const screen = new Screen(stream, noStyle);
    screen.write("one\n");
    stream.fail();
    screen.write("two\n");
    expect(stream.text).toBe("one\n");
    expect(screen.closed.aborted).toBe(true);
  });

  it("goes on after a disk was full", () => {
    const stream = new FakeStream();
    const screen = new Screen(stream, noStyle);
    stream.fail("ENOSPC");
    screen.write("two\n");
    expect(stream.text).toBe("two\n");
    expect(screen.closed.aborted).toBe(false);
  });
});

describe("colours", () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [true, { TERM: "dumb" }, false],
    [false, { FORCE_COLOR: "1" }, true],
    [false, { FORCE_COLOR: "0" }, false],
    [false, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
  ])("terminal %s with %j: %s", (isTerminal, env, coloured) => {
    expect(styleFor(isTerminal, env)("red", "x") !== "x").toBe(coloured);
  });
});

describe("text", () => {
  it("is measured and cut without its colours", () => {
    const red = styleFor(true, {})("red", "abcdef");
    expect(visibleWidth(red)).toBe(6);
    expect(cutToWidth(red, 6)).toBe(red);
    expect(cutToWidth(red, 4)).toBe("abc…");
  });

  it("from elsewhere is put on one line without control characters", () => {
    expect(oneLine("a\n  b\u001b[31mc\u0007")).toBe("a bc");
  });

  it("is aligned in tables", () => {
    const lines = textTable(
      [{ head: "NAME" }, { head: "N", align: "right" }, { head: "NOTE" }],
      [
        ["users", "5", ""],
        ["b", "1,000", "x"],
      ],
      noStyle,
    );
    expect(lines).toEqual(["NAME       N  NOTE", "users      5", "b      1,000  x"]);
  });
});
