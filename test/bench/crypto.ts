// `pnpm bench:crypto`: Fernet rekeying (open under one key, seal under another), ours against Python's cryptography,
// in turns on one core. Rates are values a second of processor time, so that a busy machine does them less harm.
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CRYPTOGRAPHY, findPython, type Peer, pythonPeer, startPeer } from "../python-cryptography.ts";

/** How long to rekey values of which size, in batches of so many. */
export interface CryptoQuestion {
  readonly bytes: number;
  readonly batch: number;
  readonly seconds: number;
}

/** Values rekeyed a second of processor time. */
export interface CryptoAnswer {
  readonly rate: number;
}

/** Batches are what a page of at most 1000 rows and 1 MiB holds. */
const SIZES = [
  { bytes: 20, batch: 1000 },
  { bytes: 1024, batch: 700 },
] as const;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1" },
    json: { type: "string" },
  },
});

const python = await findPython();
if (!python) throw new Error("Python >= 3.9 with pip is needed to compare with");
const oneCore = spawnSync("taskset", ["--version"]).status === 0 ? ["taskset", "--cpu-list", "0"] : [];
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

await using stack = new AsyncDisposableStack();
const ours = stack.use(startPeer([...oneCore, process.execPath, path("crypto-peer.ts")]));
const theirs = stack.use(await pythonPeer(python, path("crypto-peer.py"), oneCore));

const machine = {
  processor: cpus()[0]?.model.trim() ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  pinned: oneCore.length > 0,
  node: process.version,
  openssl: process.versions.openssl,
  python: python.version,
  cryptography: CRYPTOGRAPHY,
};
console.log(
  `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB; Node ${machine.node} (OpenSSL ${machine.openssl}); Python ${machine.python}, cryptography ${machine.cryptography}; ${machine.pinned ? "both on one core" : "not pinned to a core"}`,
);

const results = [];
for (const size of SIZES) results.push(await compare(size));
if (flags.json !== undefined)
  await writeFile(flags.json, `${JSON.stringify({ machine, results }, undefined, 2)}\n`);

async function compare(size: (typeof SIZES)[number]) {
  const question: CryptoQuestion = { ...size, seconds: Number(flags.seconds) };
  const rates = { ours: [] as number[], theirs: [] as number[] };
  await measured(ours, { ...question, seconds: 0.5 });
  for (let round = 0; round < Number(flags.rounds); round += 1) {
    rates.theirs.push(await measured(theirs, question));
    rates.ours.push(await measured(ours, question));
  }
  const ratio = median(rates.ours) / median(rates.theirs);
  console.log(
    `${size.bytes} bytes: ${shown(rates.ours)} values/s, Python's cryptography ${shown(rates.theirs)}: ${ratio.toFixed(1)} times`,
  );
  return { ...size, ours: rates.ours, python: rates.theirs, ratio };
}

async function measured(peer: Peer, question: CryptoQuestion): Promise<number> {
  return (await peer.ask<CryptoAnswer>(question)).rate;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function shown(rates: readonly number[]): string {
  const whole = (value: number) => Math.round(value).toLocaleString("en");
  return `${whole(median(rates))} (${whole(Math.min(...rates))} to ${whole(Math.max(...rates))})`;
}
