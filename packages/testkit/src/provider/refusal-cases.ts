import assert from "node:assert/strict";
import type { CellContext } from "@cassandra-rekey/core";
import {
  bytes,
  NEVER,
  type Outcome,
  outcome,
  type ProviderCase,
  type Scene,
  sameOutcomes,
  text,
} from "./scene.ts";

const PLAINTEXT = text("attack at dawn");

const OTHERWISE: CellContext = {
  keyspace: "shop2",
  table: "customers",
  column: "e_mail",
  primaryKey: [Buffer.from("tenant 7"), Buffer.of(0, 0, 0, 43)],
};

/** What must not open does not, and says so for its own cell alone. */
export const refusalCases: readonly ProviderCase[] = [
  [
    "a change of any byte is refused",
    async (scene) => {
      const [sealed] = await scene.seal([PLAINTEXT]);
      for (const mask of [0x01, 0x80]) {
        const changed = Array.from(sealed!, (byte, at) => sealed!.with(at, byte ^ mask));
        allRefused(scene, await scene.open(changed), `bit ${mask} of that byte flipped`, respelt(scene));
      }
    },
  ],
  [
    "a ciphertext cut off, or with more after it, is refused",
    async (scene) => {
      const [sealed] = await scene.seal([PLAINTEXT]);
      const cut = Array.from(sealed!, (_, length) => sealed!.slice(0, length));
      allRefused(scene, await scene.open(cut), "cut off after so many bytes", respelt(scene));
      const behead = Array.from(sealed!, (_, length) => sealed!.slice(length + 1));
      allRefused(scene, await scene.open(behead), "without its first bytes");
      const grown = [[0], [61], [65, 65, 65, 65], [...sealed!]].map((more) =>
        Uint8Array.of(...sealed!, ...more),
      );
      allRefused(scene, await scene.open(grown), "with more after it", respelt(scene));
    },
  ],
  [
    "what never was a ciphertext is refused, and never as corrupt",
    async (scene) => {
      const strange = [
        new Uint8Array(0),
        text("plain text"),
        text("=".repeat(200)),
        ...Array.from({ length: 40 }, (_, length) => bytes(length * 7 + 1, length)),
        new Uint8Array(512).fill(255),
      ];
      notConclusive(scene, await scene.open(strange), "strange bytes");
    },
  ],
  [
    "another key's ciphertexts are refused, and never as corrupt",
    async (scene) => {
      const plaintexts = Array.from({ length: 50 }, (_, length) => bytes(length, length));
      const foreign = await scene.seal(plaintexts, {}, scene.other);
      notConclusive(scene, await scene.open(foreign), "a cell of another key");
      const own = await scene.open(foreign, {}, scene.other);
      sameOutcomes(own, plaintexts.map(outcome), "its own key opens it");
    },
  ],
  [
    "bad cells in a batch do no harm to the others",
    async (scene) => {
      const plaintexts = Array.from({ length: 12 }, (_, length) => bytes(length * 9, length));
      const own = await scene.seal(plaintexts);
      const foreign = await scene.seal(plaintexts, {}, scene.other);
      const bad = own.map((sealed, index) => {
        return [foreign[index]!, new Uint8Array(0), sealed.slice(0, -5), text("plain text")][index % 4]!;
      });
      // Bad first, then good first, in turn: positions tell nothing.
      const order = own.flatMap((_, index) => (index % 2 ? [index, index + 12] : [index + 12, index]));
      const outcomes = await scene.open(order.map((position) => [...own, ...bad][position]!));
      const answer = new Map(order.map((position, at) => [position, outcomes[at]!]));
      const answers = (first: number) => own.map((_, index) => answer.get(first + index)!);
      sameOutcomes(answers(0), plaintexts.map(outcome), "a good cell among bad ones");
      allRefused(scene, answers(12), "a bad cell among good ones");
    },
  ],
  [
    "cells are bound to the declared parts of their context, and to no others",
    async (scene) => {
      const [sealed] = await scene.seal([PLAINTEXT]);
      for (const part of Object.keys(OTHERWISE) as (keyof CellContext)[]) {
        const moved = await scene.open([sealed!], { context: { [part]: OTHERWISE[part] } });
        if (scene.conformance.binds?.includes(part)) allRefused(scene, moved, `with another ${part}`);
        else
          sameOutcomes(moved, [outcome(PLAINTEXT)], `with another ${part}, which is not declared as bound`);
      }
    },
  ],
  [
    "bound parts do not run together",
    async (scene) => {
      const bound = scene.conformance.binds ?? [];
      const place = {
        keyspace: "shop",
        table: "customer",
        column: "email",
        primaryKey: [text("de"), text("ef")],
      };
      const [sealed] = await scene.seal([PLAINTEXT], { context: place });
      const names = (["keyspace", "table", "column"] as const).filter((name) => bound.includes(name));
      for (const [index, name] of names.entries()) {
        const next = names[index + 1];
        if (!next) continue;
        const moved = {
          ...place,
          [name]: place[name].slice(0, -1),
          [next]: place[name].slice(-1) + place[next],
        };
        allRefused(scene, await scene.open([sealed!], { context: moved }), `the end of ${name} in ${next}`);
      }
      if (!bound.includes("primaryKey")) return;
      for (const primaryKey of [[text("d"), text("eef")], [text("deef")]]) {
        const moved = await scene.open([sealed!], { context: { ...place, primaryKey } });
        allRefused(scene, moved, "the same bytes, in other parts of the primary key");
      }
    },
  ],
  [
    "identify agrees with decrypt",
    async (scene) => {
      if (!scene.key.identify) return;
      const own = await scene.seal([new Uint8Array(0), PLAINTEXT, bytes(500)]);
      const foreign = await scene.seal([new Uint8Array(0), PLAINTEXT, bytes(500)], {}, scene.other);
      for (const sealed of own)
        assert.notEqual(scene.key.identify(sealed), "foreign", "a cell of its own is not foreign");
      if (scene.key.authenticates)
        for (const sealed of foreign)
          assert.notEqual(scene.key.identify(sealed), "mine", "a cell of another key is not its own");
      const strange = [new Uint8Array(0), text("plain text"), bytes(300)];
      for (const sealed of [...own, ...foreign, ...strange, ...own.map((each) => each.slice(0, -1))]) {
        const verdict = scene.key.identify(sealed);
        assert.ok(["mine", "foreign", "unknown"].includes(verdict), "mine, foreign or unknown");
        const [opened] = await scene.open([sealed]);
        if (verdict === "foreign") assert.ok(isRefused(opened!), "what is foreign does not open");
      }
    },
  ],
  [
    "a refused cell is an answer, not a failure of the call",
    async (scene) => {
      const cell = { form: "binary" as const, context: OTHERWISE };
      const batch = [
        { ...cell, ciphertext: new Uint8Array(0) },
        { ...cell, ciphertext: bytes(64) },
      ];
      await assert.doesNotReject(scene.key.decrypt(batch, NEVER), "decrypt rejects for no cell");
    },
  ],
];

/** Text may spell the same bytes in more than one way; what opens then must be what was sealed. */
function respelt(scene: Scene): Outcome | undefined {
  return scene.key.writes === "ascii" ? outcome(PLAINTEXT) : undefined;
}

function isRefused(result: Outcome): boolean {
  return "refused" in result;
}

/** A key that authenticates nothing may open anything, so nothing is asked of its answers. */
function allRefused(scene: Scene, outcomes: readonly Outcome[], why: string, unless?: Outcome): void {
  if (!scene.key.authenticates) return;
  outcomes.forEach((result, index) => {
    if (unless && !isRefused(result)) assert.deepEqual(result, unless, `${why} (cell ${index})`);
    else assert.ok(isRefused(result), `it must not open: ${why} (cell ${index})`);
  });
}

/** `corrupt` ends the search through the keyring, so it must not be said of a cell that is another key's. */
function notConclusive(scene: Scene, outcomes: readonly Outcome[], why: string): void {
  allRefused(scene, outcomes, why);
  outcomes.forEach((result, index) => {
    assert.notDeepEqual(
      result,
      { refused: "corrupt" },
      `"corrupt" keeps other keys from trying: ${why} (cell ${index})`,
    );
  });
}
