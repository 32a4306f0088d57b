// `pnpm bench:crypto-kms`: rekeying from one AWS KMS key to another, ours against the Python tool's provider, over one
// server with some milliseconds added to each answer, as a network would.
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { EncryptionKey } from "@cassandra-rekey/core";
import { AwsKmsServer } from "@cassandra-rekey/testkit/aws-kms";
import { openAwsKey } from "../kms-key.ts";
import { AWS_ENV, REGION } from "../kms-services.ts";
import { startPythonProvider } from "../moto.ts";
import { pythonMoto } from "../python-tool.ts";

const { values: flags } = parseArgs({
  options: {
    cells: { type: "string", default: "100000" },
    "python-cells": { type: "string", default: "200" },
    bytes: { type: "string", default: "20" },
    "latency-ms": { type: "string", default: "5" },
    json: { type: "string" },
  },
});

const PAGE = 1000;
const NEVER = new AbortController().signal;
const CONTEXT = { keyspace: "shop", table: "people", column: "email", primaryKey: [] };
const [cells, pythonCells] = [Number(flags.cells), Number(flags["python-cells"])];

Object.assign(process.env, AWS_ENV);
await using server = await AwsKmsServer.start();
server.latencyMs = Number(flags["latency-ms"]);
const [oldArn, newArn] = [server.keys.create(REGION).arn, server.keys.create(REGION).arn];
const openKey = (key_id: string, version: string) =>
  openAwsKey({ key_id, endpoint: server.url, format: "reference" }, version);

const interpreter = await pythonMoto();
await using python = startPythonProvider(interpreter, server.url, REGION);
const plaintexts = Array.from({ length: pythonCells }, () => Buffer.alloc(Number(flags.bytes), 7));
const writtenByPython = await python.encrypt(oldArn, plaintexts);

const theirs = await measured(pythonCells, () => python.rekey(oldArn, newArn, writtenByPython));
const results = {
  python: theirs,
  ours: await rekeyed(await writtenByOurs(), cells),
  "ours, cells that the Python tool wrote": await rekeyed([writtenByPython], pythonCells),
};
console.log(
  `${cpus()[0]?.model.trim()}, ${cpus().length} cores; ${flags.bytes} bytes a cell, ${server.latencyMs} ms added to each answer`,
);
for (const [name, { callsPer1000, cellsPerSecond }] of Object.entries(results))
  console.log(
    `${name}: ${callsPer1000.toFixed(2)} calls for 1,000 cells, ${Math.round(cellsPerSecond)} cells/s, ${(cellsPerSecond / theirs.cellsPerSecond).toFixed(1)} times`,
  );
if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(results, undefined, 2)}\n`);

/** Pages of cells under the old key, by a process that is gone: its data keys are not at hand any more. */
async function writtenByOurs(): Promise<readonly (readonly Uint8Array[])[]> {
  await using writer = await openKey(oldArn, "v1");
  const pages: (readonly Uint8Array[])[] = [];
  const plaintext = Buffer.alloc(Number(flags.bytes), 7);
  for (let made = 0; made < cells; made += PAGE) {
    const page = Array.from({ length: Math.min(PAGE, cells - made) }, () => cell({ plaintext }));
    pages.push(await writer.encrypt(page, NEVER));
  }
  return pages;
}

/** Decrypts and encrypts page after page, as the engine does, with keys that begin with nothing at hand. */
async function rekeyed(pages: readonly (readonly Uint8Array[])[], count: number) {
  await using previous: EncryptionKey = await openKey(oldArn, "v1");
  await using target: EncryptionKey = await openKey(newArn, "v2");
  return await measured(count, async () => {
    const startedMs = performance.now();
    for (const page of pages) {
      const opened = await previous.decrypt(
        page.map((ciphertext) => cell({ ciphertext })),
        NEVER,
      );
      const clear = opened.map((result) => {
        if ("plaintext" in result) return cell({ plaintext: result.plaintext });
        throw new Error(`a cell did not open: ${result.refused}`);
      });
      await target.encrypt(clear, NEVER);
    }
    return performance.now() - startedMs;
  });
}

function cell<Part extends object>(part: Part) {
  return { ...part, form: "binary" as const, context: CONTEXT };
}

async function measured(count: number, work: () => Promise<number>) {
  server.calls.clear();
  const ms = await work();
  const calls = server.calls.of("GenerateDataKey") + server.calls.of("Decrypt");
  return { callsPer1000: (calls / count) * 1000, cellsPerSecond: (count / ms) * 1000 };
}
