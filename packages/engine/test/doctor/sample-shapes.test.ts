import { describe, expect, it } from "vitest";
import { SampleShapes } from "../../src/doctor/sample-shapes.ts";
import type { Classified } from "../../src/keyring/trial.ts";

const plaintext = Buffer.from("never shown");
const guessed: Classified = { under: "previous", version: "plaintext", proven: false, plaintext };
const proven: Classified = { under: "target", version: "v2", proven: true, plaintext };
const unknown: Classified = { under: "unknown", reason: "v2: not-authentic" };

describe("the shapes of a sample", () => {
  it("are told by column and key, the commonest first, without a value", () => {
    const shapes = new SampleShapes();
    for (const name of ["ada@example.com", "bob@example.org"])
      shapes.add("email", guessed, Buffer.from(name));
    shapes.add("email", guessed, Buffer.from("none"));
    shapes.add("email", unknown, Buffer.of(0x80, 0xff));
    shapes.add("phone", guessed, Buffer.from("0301234567"));
    expect(shapes.lines()).toEqual([
      "email: cells under plaintext are like this: 2 text, 8–15 characters, looks like an email address; 1 text, 4–7 characters, looks like one word",
      "email: cells that no key opens are like this: 1 no text, 2–3 bytes",
      "phone: cells under plaintext are like this: 1 text, 8–15 characters, looks like digits",
    ]);
  });

  it("leave out what a key proves to be its own", () => {
    const shapes = new SampleShapes();
    shapes.add("email", proven, Buffer.from("ciphertext"));
    expect(shapes.lines()).toEqual([]);
  });

  it("are five for a column, the others counted", () => {
    const shapes = new SampleShapes();
    for (let size = 0; size < 7; size += 1) shapes.add("note", guessed, Buffer.from("7".repeat(2 ** size)));
    expect(shapes.lines()[0]).toMatch(/(; 1 text, [^;]+){4}; 2 other$/);
  });
});
