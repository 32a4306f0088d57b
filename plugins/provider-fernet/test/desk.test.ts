import { expect, test } from "vitest";
import { Desk } from "../src/desk.ts";

test("beginnings of every length are views of the same memory, and short ones are made once", () => {
  const desk = new Desk(10_000);
  desk.bytes[0] = 7;
  for (const length of [0, 1, 16, 4096, 4097, 10_000]) {
    const view = desk.first(length);
    expect(view.length).toBe(length);
    expect(view.buffer).toBe(desk.bytes.buffer);
    expect(view.byteOffset).toBe(desk.bytes.byteOffset);
    expect(desk.first(length) === view).toBe(length <= 4096);
  }
});
