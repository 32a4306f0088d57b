import { describe, expect, it } from "vitest";
import { prettyLine } from "../src/logging/pretty-line.ts";
import { openLogger } from "../src/logging/stderr-logger.ts";
import { Screen } from "../src/terminal/screen.ts";
import { noStyle } from "../src/terminal/style.ts";
import { FakeStream } from "./fake-stream.ts";

describe("the log", () => {
  it("is JSON lines when it is not a terminal, from the level asked for", async () => {
    const stream = new FakeStream();
    const logger = await openLogger("warn", new Screen(stream, noStyle));
    logger.info({}, "not this");
    logger.warn({ chunk: 7 }, "retried");
    expect(JSON.parse(stream.text)).toMatchObject({ level: "warn", chunk: 7, msg: "retried" });
  });

  it("is readable on a terminal, above the progress", async () => {
    const stream = new FakeStream({ isTTY: true });
    const screen = new Screen(stream, noStyle);
    screen.draw(["bar"]);
    const logger = await openLogger("info", screen);
    logger.info({ chunk: 7 }, "claimed");
    expect(stream.text).toMatch(/\d\d:\d\d:\d\d INFO {2}claimed chunk=7\nbar\n$/);
  });

  it("passes on what is no JSON", () => {
    expect(prettyLine("plain\n", noStyle)).toBe("plain\n");
  });
});
