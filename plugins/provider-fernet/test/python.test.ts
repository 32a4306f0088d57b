import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPython, type Peer, pythonPeer } from "../../../test/python-cryptography.ts";
import { parseKey } from "../src/parse-key.ts";
import { keyOf, open, seal } from "./cells.ts";

interface Answer {
  readonly key: string;
  readonly tokens: readonly string[];
  readonly plaintexts: readonly (string | null)[];
}

const SCRIPT = fileURLToPath(new URL("fernet-peer.py", import.meta.url));
const python = await findPython();
const mayBeSkipped = python === undefined && !process.env.CI;

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const bytesOf = (text: string) => parseKey(Buffer.from(text), "made by Python");

describe.skipIf(mayBeSkipped)(
  "with Python's cryptography (skipped where there is no Python with pip, but in CI)",
  () => {
    let peer: Peer;
    let keyText: string;

    beforeAll(async () => {
      if (!python) throw new Error("no Python >= 3.9 with pip, which CI must have");
      peer = await pythonPeer(python, SCRIPT);
      ({ key: keyText } = await peer.ask<Answer>({}));
    });
    afterAll(async () => {
      await peer?.[Symbol.asyncDispose]();
    });

    const plaintexts = [
      ...Array.from({ length: 201 }, (_, length) => randomBytes(length)),
      randomBytes(1 << 20),
    ];

    test("what it sealed, we open", async () => {
      const { tokens } = await peer.ask<Answer>({ key: keyText, plaintexts: plaintexts.map(base64) });
      const opened = await open(keyOf(bytesOf(keyText)), tokens);
      expect(opened.map((each) => (Buffer.isBuffer(each) ? base64(each) : each))).toEqual(
        plaintexts.map(base64),
      );
    });

    test("what we sealed, it opens", async () => {
      const tokens = await seal(keyOf(bytesOf(keyText)), plaintexts);
      const answer = await peer.ask<Answer>({ key: keyText, tokens });
      expect(answer.plaintexts).toEqual(plaintexts.map(base64));
    });

    test("what it opens in another spelling, we open", async () => {
      const key = keyOf(bytesOf(keyText));
      const token = Buffer.from((await seal(key, [Buffer.from("hello")]))[0]!).toString();
      const spelled = [
        `${token}\n`,
        ` ${token}\r\n`,
        token.replace("A", "A\n"),
        token.replaceAll("-", "+").replaceAll("_", "/"),
      ];
      const { plaintexts } = await peer.ask<Answer>({ key: keyText, tokens: spelled });
      const opened = await open(key, spelled);
      expect(opened.map((each) => (Buffer.isBuffer(each) ? base64(each) : each))).toEqual(plaintexts);
      expect(plaintexts).toEqual(spelled.map(() => base64(Buffer.from("hello"))));
    });

    test("what it refuses, we refuse; what we open, it opens to the same", async () => {
      const key = keyOf(bytesOf(keyText));
      const flaw = fc.record({ at: fc.nat(200), byte: fc.constantFrom(..."Ag_-+/= \n%") });
      await fc.assert(
        fc.asyncProperty(
          fc.array(flaw, { maxLength: 3 }),
          fc.uint8Array({ maxLength: 40 }),
          async (flaws, plaintext) => {
            const [token] = await seal(key, [plaintext]);
            let changed = token!;
            for (const { at, byte } of flaws) {
              const place = at % changed.length;
              changed = changed.slice(0, place) + byte + changed.slice(place + 1);
            }
            const [ours] = await open(key, [changed]);
            const [theirs] = (await peer.ask<Answer>({ key: keyText, tokens: [changed] })).plaintexts;
            if (Buffer.isBuffer(ours)) expect(base64(ours)).toBe(theirs);
            if (changed === token) expect(theirs).toBe(base64(plaintext));
          },
        ),
      );
    });
  },
);
