// `pnpm bench:crypto-threads`: what a worker thread for the crypto of pages would save. A page's cells are rekeyed in the
// main thread, and then packed, sent to a worker thread, rekeyed there and sent back. All times are of processors, by thread,
// so that a busy machine does them less harm: what the main thread is rid of, and what the machine pays for it.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { parentPort, Worker } from "node:worker_threads";
import type { ClearCell, EncryptionKey, Opened } from "@cassandra-rekey/core";
import { systemClock, systemRandom } from "@cassandra-rekey/engine";
import { aesKey } from "@cassandra-rekey/provider-aes-gcm";
import { fernetKey } from "@cassandra-rekey/provider-fernet";

/** One page on its way: all cells in one piece of memory, which is handed over and not copied. */
interface Packed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
}

const PROVIDERS = {
  fernet: (text: string, version: string): EncryptionKey =>
    fernetKey(text.replaceAll("+", "-").replaceAll("/", "_"), {
      version,
      clock: systemClock,
      random: systemRandom,
    }),
  "aes-gcm": (text: string, version: string): EncryptionKey =>
    aesKey(text, { version, mode: "gcm", associatedData: undefined, random: systemRandom }),
} as const;

/** Two keys, as text. */
interface KeyTexts {
  readonly provider: keyof typeof PROVIDERS;
  readonly texts: readonly string[];
}

interface Question {
  readonly keys: KeyTexts;
  readonly page?: Packed;
}

interface Answer {
  readonly page?: Packed;
  readonly cpuMs: number;
}

const SIZES = [
  { bytes: 20, batch: 1000 },
  { bytes: 1024, batch: 700 },
  { bytes: 16_384, batch: 64 },
] as const;
const IN_FLIGHT = 2;
const context = { keyspace: "bench", table: "people", column: "secret", primaryKey: [] };
const { signal } = new AbortController();

if (parentPort) serve(parentPort);
else await compare();

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function openKeys({ provider, texts }: KeyTexts): readonly [EncryptionKey, EncryptionKey] {
  const [old, fresh] = texts.map((text, index) => PROVIDERS[provider](text, `v${index}`));
  return [old!, fresh!];
}

async function rekey([old, fresh]: readonly [EncryptionKey, EncryptionKey], values: readonly Uint8Array[]) {
  const opened = await old.decrypt(
    values.map((ciphertext) => ({ ciphertext, form: "binary" as const, context })),
    signal,
  );
  return fresh.encrypt(opened.map(clear), signal);
}

function clear(opened: Opened): ClearCell {
  if ("refused" in opened) throw new Error("a token of its own was refused");
  return { plaintext: opened.plaintext, form: "binary", context };
}

function pack(values: readonly Uint8Array[]): Packed {
  const ends = new Uint32Array(values.length);
  let size = 0;
  values.forEach((value, index) => {
    size += value.length;
    ends[index] = size;
  });
  const bytes = new Uint8Array(size);
  values.forEach((value, index) => {
    bytes.set(value, ends[index]! - value.length);
  });
  return { bytes, ends };
}

function unpack({ bytes, ends }: Packed): readonly Uint8Array[] {
  return Array.from(ends, (end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

function transferred({ bytes, ends }: Packed): readonly ArrayBuffer[] {
  return [bytes.buffer, ends.buffer];
}

function serve(port: NonNullable<typeof parentPort>): void {
  let keys: readonly [EncryptionKey, EncryptionKey] | undefined;
  port.on("message", async ({ keys: texts, page }: Question) => {
    keys ??= openKeys(texts);
    if (!page) {
      port.postMessage({ cpuMs: cpuMs() } satisfies Answer);
      return;
    }
    const done = pack(await rekey(keys, unpack(page)));
    port.postMessage({ page: done, cpuMs: cpuMs() } satisfies Answer, transferred(done));
  });
}

async function compare(): Promise<void> {
  const { values: flags } = parseArgs({ options: { pages: { type: "string", default: "300" } } });
  for (const provider of ["fernet", "aes-gcm"] as const)
    for (const size of SIZES) await compareOne(provider, size, Number(flags.pages));
}

async function compareOne(
  provider: KeyTexts["provider"],
  { bytes, batch }: (typeof SIZES)[number],
  pages: number,
): Promise<void> {
  const texts: KeyTexts = { provider, texts: [newKey(), newKey()] };
  const keys = openKeys(texts);
  const worker = new Worker(import.meta.filename);
  const ask = async (question: Question): Promise<Answer> => {
    worker.postMessage(question, question.page ? transferred(question.page) : []);
    const [answer] = (await once(worker, "message")) as [Answer];
    return answer;
  };
  const cells = Array.from({ length: batch }, () => clear({ plaintext: randomBytes(bytes) }));
  const values = await keys[0].encrypt(cells, signal);
  const us = (ms: number) => (ms * 1000) / (pages * batch);

  for (let n = 0; n < pages / 10; n += 1) await rekey(keys, values);
  const before = cpuMs();
  for (let n = 0; n < pages; n += 1) await rekey(keys, values);
  const inline = us(cpuMs() - before);

  for (let n = 0; n < pages / 10; n += 1) await ask({ keys: texts, page: pack(values) });
  const worked = (await ask({ keys: texts })).cpuMs;
  const mainBefore = cpuMs();
  await sendAll(worker, texts, values, pages);
  const main = us(cpuMs() - mainBefore);
  const inWorker = us((await ask({ keys: texts })).cpuMs - worked);
  await worker.terminate();
  const show = (value: number) => value.toFixed(2);
  console.log(
    `${provider}, ${bytes} bytes: ${show(inline)} µs a cell in the main thread; with a worker ${show(main)} there and ${show(inWorker)} in the worker. The main thread saves ${show(inline - main)}, the machine pays ${show(main + inWorker - inline)} more`,
  );
}

/** Sends pages, a few at a time, and takes each apart that comes back. */
async function sendAll(
  worker: Worker,
  keys: KeyTexts,
  values: readonly Uint8Array[],
  pages: number,
): Promise<void> {
  let sent = 0;
  let left = pages;
  const send = () => {
    if (sent === pages) return;
    sent += 1;
    const page = pack(values);
    worker.postMessage({ keys, page } satisfies Question, transferred(page));
  };
  await new Promise<void>((resolve) => {
    const onPage = ({ page }: Answer) => {
      if (unpack(page!).length !== values.length) throw new Error("a page came back short");
      left -= 1;
      send();
      if (left > 0) return;
      worker.off("message", onPage);
      resolve();
    };
    worker.on("message", onPage);
    for (let n = 0; n < IN_FLIGHT; n += 1) send();
  });
}

function newKey(): string {
  return randomBytes(32).toString("base64");
}
