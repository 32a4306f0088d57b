import assert from "node:assert/strict";
import { bytes, outcome, type ProviderCase, sameOutcomes, text } from "./scene.ts";

const LONGEST = 1 << 20;
/** Cells of a page, and so of a batch. */
const PAGE = 1_000;
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, value) => value);

/** What goes in comes out. */
export const sealCases: readonly ProviderCase[] = [
  [
    "plaintexts of every kind come back as they went, each in its place",
    async (scene) => {
      const plaintexts = [
        ...Array.from({ length: 66 }, (_, length) => bytes(length, length + 1)),
        EVERY_BYTE,
        text("Grüße, 世界 👋"),
        new Uint8Array(40),
        bytes(1000),
      ];
      // Text columns hold no bytes that are no text, so plaintext of every kind has no place there.
      const forms = scene.key.writes === "verbatim" ? (["binary"] as const) : (["binary", "text"] as const);
      for (const form of forms) {
        const sealed = await scene.seal(plaintexts, { form });
        sameOutcomes(await scene.open(sealed, { form }), plaintexts.map(outcome), `in a ${form} column`);
        const backwards = await scene.open(sealed.toReversed(), { form });
        sameOutcomes(backwards, plaintexts.map(outcome).reverse(), `in a ${form} column, backwards`);
      }
    },
  ],
  [
    "a long plaintext comes back as it went, beside a short one",
    async (scene) => {
      const plaintexts = [bytes(scene.conformance.longest ?? LONGEST), text("short")];
      const opened = await scene.open(await scene.seal(plaintexts));
      sameOutcomes(opened, plaintexts.map(outcome), "a long one");
    },
  ],
  [
    "a page of thousands of cells is one batch",
    async (scene) => {
      const plaintexts = Array.from({ length: PAGE }, (_, cell) => bytes(cell % 24, cell));
      const opened = await scene.open(await scene.seal(plaintexts));
      sameOutcomes(opened, plaintexts.map(outcome), "in a page");
    },
  ],
  [
    "cells may lie anywhere in memory",
    async (scene) => {
      const plaintexts = [text("first"), bytes(100), new Uint8Array(0), EVERY_BYTE];
      const sealed = await scene.seal(plaintexts.map(amongOthers));
      const moved = sealed.map(amongOthers);
      sameOutcomes(await scene.open(moved), plaintexts.map(outcome), "in the midst of other bytes");
      for (const each of moved)
        assert.notEqual(scene.key.identify?.(each), "foreign", "a cell of its own is not foreign");
    },
  ],
  [
    "an empty batch gives no results",
    async (scene) => {
      assert.deepEqual(await scene.seal([]), []);
      assert.deepEqual(await scene.open([]), []);
    },
  ],
  [
    "what was sealed opens with the key opened anew",
    async (scene) => {
      const sealed = await scene.seal([text("kept"), bytes(33)]);
      const opened = await scene.open(sealed, {}, await scene.again());
      sameOutcomes(opened, [outcome(text("kept")), outcome(bytes(33))], "opened anew");
    },
  ],
  [
    "the cells that are given stay as they are",
    async (scene) => {
      const plaintext = text("untouched");
      const [sealed] = await scene.seal([plaintext]);
      const before = Uint8Array.from(sealed!);
      await scene.open([sealed!]);
      assert.deepEqual(plaintext, text("untouched"), "encrypt leaves the plaintext alone");
      assert.deepEqual(Uint8Array.from(sealed!), before, "decrypt leaves the ciphertext alone");
    },
  ],
  [
    "plaintexts are the caller's: overwritten, they are given again as they were",
    async (scene) => {
      const plaintexts = [text("first"), text("second"), bytes(100)];
      const sealed = await scene.seal(plaintexts);
      const given = await scene.give(sealed);
      const wanted = plaintexts.map(outcome);
      sameOutcomes(await scene.open(sealed.toReversed()), wanted.toReversed(), "meanwhile");
      sameOutcomes(given.map(outcome), wanted, "after another batch");
      for (const plaintext of given) plaintext.fill(0);
      sameOutcomes(await scene.open(sealed), wanted, "after the first were overwritten");
    },
  ],
  [
    "ciphertexts have the form that `writes` says",
    async (scene) => {
      const { writes } = scene.key;
      assert.ok(["ascii", "binary", "verbatim"].includes(writes), "`writes` is ascii, binary or verbatim");
      if (writes === "verbatim") {
        const [sealed] = await scene.seal([EVERY_BYTE]);
        assert.deepEqual(Uint8Array.from(sealed!), EVERY_BYTE, "a verbatim key writes the plaintext");
      }
      if (writes !== "ascii") return;
      for (const ciphertext of await scene.seal([EVERY_BYTE, text("世界")]))
        assert.ok(
          ciphertext.every((byte) => byte >= 0x20 && byte < 0x7f),
          "an ascii key writes printable ASCII only",
        );
    },
  ],
  [
    "equal plaintexts have equal ciphertexts only where that is declared",
    async (scene) => {
      const [one, same] = await scene.seal([text("equal"), text("equal")]);
      const [later] = await scene.seal([text("equal")]);
      const distinct = new Set([one, same, later].map((sealed) => Buffer.from(sealed!).toString("hex")));
      assert.equal(
        distinct.size,
        scene.conformance.deterministic ? 1 : 3,
        "distinct ciphertexts out of three",
      );
    },
  ],
  [
    "a ciphertext does not show its plaintext",
    async (scene) => {
      if (!scene.key.authenticates) return;
      const plaintext = Buffer.from("a plaintext that must not show");
      for (const sealed of await scene.seal([plaintext]))
        for (const spelling of ["utf8", "base64", "base64url", "hex"] as const)
          assert.ok(
            !Buffer.from(sealed).includes(plaintext.toString(spelling).slice(0, 20)),
            `not as ${spelling}`,
          );
    },
  ],
];

/** The same bytes as a part of a larger memory, and no Buffer: as they are in what a driver received. */
function amongOthers(value: Uint8Array): Uint8Array {
  const memory = new Uint8Array(value.length + 64).fill(0xa5);
  memory.set(value, 32);
  return memory.subarray(32, 32 + value.length);
}
