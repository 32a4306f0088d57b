import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { damaged, keyOf, open, seal } from "./cells.ts";
import { plainOpen, plainSeal } from "./plain-fernet.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const batch = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 });

test("what it seals, plain Fernet opens; what plain Fernet seals, it opens; batch after batch on one key", async () => {
  await fc.assert(
    fc.asyncProperty(
      bytes(32),
      fc.array(batch, { maxLength: 4 }),
      fc.nat(2 ** 40),
      async (secret, batches, ms) => {
        const key = keyOf(secret, { clock: { wallMs: () => ms } });
        for (const plaintexts of batches) {
          const seconds = BigInt(Math.floor(ms / 1000));
          const sealed = (await seal(key, plaintexts)).map((token) => plainOpen(secret, token));
          expect(sealed.map(({ plaintext }) => plaintext)).toEqual(
            plaintexts.map((each) => Buffer.from(each)),
          );
          expect(sealed.every((token) => token.seconds === seconds)).toBe(true);
          const plain = plaintexts.map((each) => plainSeal(secret, each, { iv: randomBytes(16), seconds }));
          expect(await open(key, plain)).toEqual(plaintexts.map((each) => Buffer.from(each)));
        }
      },
    ),
  );
});

test("a batch of own, foreign and damaged tokens is answered cell by cell", async () => {
  const kind = fc.constantFrom("own", "foreign", "damaged", "noise");
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(kind, fc.uint8Array({ maxLength: 60 })), { maxLength: 20 }),
      async (cells) => {
        const [own, foreign] = [randomBytes(32), randomBytes(32)];
        const tokens = cells.map(([kind, plaintext]) => {
          if (kind === "noise") return Buffer.from(plaintext);
          const secret = kind === "foreign" ? foreign : own;
          const token = plainSeal(secret, plaintext, { iv: randomBytes(16), seconds: 1n });
          return Buffer.from(kind === "damaged" ? damaged(token) : token);
        });
        const results = await open(keyOf(own), tokens);
        expect(results).toEqual(
          cells.map(([kind, plaintext]) => {
            if (kind === "own") return Buffer.from(plaintext);
            return kind === "noise" ? "not-this-format" : "not-authentic";
          }),
        );
      },
    ),
  );
});
