// Rekeys Fernet tokens with our provider for as long as it is told, and says at what rate.
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import type { ClearCell, Opened } from "@cassandra-rekey/core";
import { systemClock, systemRandom } from "@cassandra-rekey/engine";
import { fernetKey } from "@cassandra-rekey/provider-fernet";
import { newFernetKey } from "../fixture-table.ts";
import type { CryptoAnswer, CryptoQuestion } from "./crypto.ts";

const context = { keyspace: "bench", table: "people", column: "secret", primaryKey: [] };
const { signal } = new AbortController();

function openKey(version: string) {
  return fernetKey(newFernetKey(), { version, clock: systemClock, random: systemRandom });
}

function clear(opened: Opened): ClearCell {
  if ("refused" in opened) throw new Error("a token of its own was refused");
  return { plaintext: opened.plaintext, form: "text", context };
}

/** Of all threads of the process, so that what is collected or compiled beside the work counts. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function measure({ bytes, batch, seconds }: CryptoQuestion): Promise<CryptoAnswer> {
  await using old = openKey("old");
  await using fresh = openKey("new");
  const cells = Array.from({ length: batch }, () => clear({ plaintext: randomBytes(bytes) }));
  const tokens = await old.encrypt(cells, signal);
  const sealed = tokens.map((ciphertext) => ({ ciphertext, form: "text" as const, context }));
  let rekeyed = 0;
  const started = cpuSeconds();
  while (cpuSeconds() - started < seconds) {
    const opened = await old.decrypt(sealed, signal);
    await fresh.encrypt(opened.map(clear), signal);
    rekeyed += batch;
  }
  return { rate: rekeyed / (cpuSeconds() - started) };
}

for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(await measure(JSON.parse(line) as CryptoQuestion)));
