import type { StateStore } from "@cassandra-rekey/core";
import { z } from "zod";

/** The methods of a store that answer once. */
export type Method = Exclude<Extract<keyof StateStore, string>, "capabilities" | "quarantined">;

const text = z.string();
const number = z.number();
const list = z.array;

const totals = z.object({
  scanned: number,
  rekeyed: number,
  skipped: number,
  raced: number,
  quarantined: number,
  cellsRekeyed: number,
  young: number,
  bytes: number,
  census: list(z.object({ column: text, keyVersion: text, cells: number, newestWritetime: z.bigint() })),
});
const job = z.object({
  id: text,
  kind: text,
  state: text,
  createdAt: number,
  finishedAt: number.optional(),
  tables: list(z.object({ id: text, name: text, columns: list(text), writeMode: text, chunks: number })),
});
const lease = z.object({ jobId: text, table: text, chunkId: number, worker: text, epoch: number });
const chunk = z.object({
  jobId: text,
  table: text,
  id: number,
  range: z.object({ after: z.bigint(), upTo: z.bigint() }),
  cursor: text.optional(),
  totals,
  attempt: number,
  visit: number,
});
const outcome = z.enum(["held", "lost"]);
const controls = z.object({
  settings: z.record(text, number.optional()),
  revision: number,
  history: list(z.object({ revision: number, change: z.record(text, z.unknown()), by: text, at: number })),
});
const keyChecks = list(z.object({ keyring: text, version: text, sealed: text, host: text }));
const nothing = z.unknown();

/** What a store's methods answer, as far as somebody would stumble over anything else. */
export const ANSWERS: Readonly<Record<Method, z.ZodType>> = {
  init: z.object({ changes: list(text) }),
  createJob: nothing,
  job: job.optional(),
  jobs: list(job),
  transition: z.object({ applied: z.boolean(), state: text }),
  keepKeyChecks: keyChecks,
  keyChecks,
  claim: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("chunk"), lease, chunk }),
    z.object({ kind: z.literal("wait"), ms: number }),
    z.object({ kind: z.literal("done") }),
  ]),
  checkpoint: outcome,
  finish: outcome,
  release: outcome,
  fail: outcome,
  reopenYoung: number,
  reopenFailed: number,
  reclaim: number,
  progress: list(
    z.object({
      table: text,
      chunks: z.object({ pending: number, running: number, done: number, failed: number }),
      totals,
      fraction: number,
      lastError: text.optional(),
    }),
  ),
  quarantine: nothing,
  unquarantine: nothing,
  report: nothing,
  workers: list(z.object({ worker: text, host: text, rowsPerSecond: number, permits: number })),
  tune: controls,
  controls,
};

/** One entry of a store's quarantine. */
export const QUARANTINED = z.object({
  table: text,
  column: text,
  key: list(z.instanceof(Uint8Array)),
  reason: text,
  writetime: z.bigint(),
});

const CAPABILITIES = z.object({ manyHosts: z.boolean(), checkpointIntervalMs: number });

/** What a plugin's store lacks to be one, in words that follow "was made". */
export function whatIsMissing(store: StateStore): string | undefined {
  const missing = [...Object.keys(ANSWERS), "quarantined"].find(
    (method) => typeof Reflect.get(store, method) !== "function",
  );
  if (missing !== undefined) return `without ${missing}()`;
  const wrong = whyWrong(CAPABILITIES, store.capabilities);
  return wrong && `with capabilities that are none: ${wrong}`;
}

/** Why an answer is none, without repeating anything of it. */
export function whyWrong(schema: z.ZodType, answer: unknown): string | undefined {
  const { error } = schema.safeParse(answer);
  const [issue] = error?.issues ?? [];
  if (!issue) return undefined;
  const what = issue.message.replace(/^Invalid (input|option): /, "");
  return issue.path.length === 0 ? what : `${issue.path.map(String).join(".")}: ${what}`;
}
