/** Tests by name: those of a file in a vitest project. */
export interface NamedTest {
  readonly project: string;
  readonly file: string;
}

/** A deliberate break: `find`, which its file has exactly once, is replaced. */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** What has to fail; the simulation when left out. */
  readonly caughtBy?: NamedTest;
  /** What has to fail where so few scenarios happen not to show it. */
  readonly orBy?: NamedTest;
}

const engine = (file: string): NamedTest => ({ project: "engine", file: `packages/engine/test/${file}` });
const FENCE = "packages/engine/src/writer/fence.ts";
const FENCED_WRITER = "packages/engine/src/writer/fenced-writer.ts";
const LWT_WRITER = "packages/engine/src/writer/lwt-writer.ts";
const PAGE_SORTER = "packages/engine/src/page/page-sorter.ts";
const CHUNK_RUNNER = "packages/engine/src/executor/chunk-runner.ts";

/** What must never get through: each of these loses, revives, spoils or passes over somebody's data. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: "no fence: the time of the write",
    file: FENCE,
    find: "? writetime : writetime + 1n",
    replace: "? writetime : BigInt(Math.floor(serverNowMs)) * 1000n",
  },
  {
    name: "fence on the newest cell of the row only",
    file: FENCED_WRITER,
    find: "if (write) writes.push(write);",
    replace: `const newest = row.cells.reduce((most, { writetime }) => (writetime > most ? writetime : most), 0n);
      if (write) writes.push({ ...write, timestamp: newest + 1n });`,
  },
  {
    name: "a fence of two microseconds",
    file: FENCE,
    find: "? writetime : writetime + 1n",
    replace: "? writetime : writetime + 2n",
  },
  {
    name: "written at the same writetime",
    file: FENCE,
    find: "? writetime : writetime + 1n",
    replace: "? writetime : writetime",
  },
  {
    name: "no age check",
    file: FENCED_WRITER,
    find: "if (isUntimed || pageAge(context.moment, now) > context.maxAgeMs) {",
    replace: "if (isUntimed) {",
    orBy: engine("run-job.test.ts"),
  },
  {
    name: "age by the monotonic clock alone",
    file: FENCE,
    find: "return Math.max(now.wallMs - read.wallMs, now.monotonicMs - read.monotonicMs);",
    replace: "return now.monotonicMs - read.monotonicMs;",
    orBy: engine("writer/fence.test.ts"),
  },
  {
    name: "age by the wall clock alone",
    file: FENCE,
    find: "return Math.max(now.wallMs - read.wallMs, now.monotonicMs - read.monotonicMs);",
    replace: "return now.wallMs - read.wallMs;",
    caughtBy: engine("writer/fence.test.ts"),
  },
  {
    name: "age not bound by gc_grace",
    file: "packages/engine/src/executor/table-run.ts",
    find: 'return writeMode === "lwt" ? configuredMs : Math.min(configuredMs, gcGraceSeconds * 100);',
    replace: "return configuredMs + 0 * gcGraceSeconds * writeMode.length;",
    caughtBy: engine("executor/executor.test.ts"),
  },
  {
    name: "no settle",
    file: FENCE,
    find: "const settle = BigInt(Math.floor(settleMs)) * 1000n;",
    replace: "const settle = 0n * BigInt(Math.floor(settleMs));",
  },
  {
    name: "young cells not visited again",
    file: "packages/engine/src/executor/executor.ts",
    find: 'const left = job.kind === "rekey" ? await this.#left(abort) : "nothing";',
    replace: 'const left = job.kind === "dry-run" ? await this.#left(abort) : "nothing";',
    caughtBy: engine("executor/young-cells.test.ts"),
  },
  {
    name: "TTL not adjusted",
    file: FENCED_WRITER,
    find: "serverNow(context.moment, now),",
    replace: "context.moment.serverMs,",
    orBy: engine("writer/fenced-writer.test.ts"),
  },
  {
    name: "TTL computed to 0",
    file: FENCE,
    find: "return left <= 1 ? undefined : left;",
    replace: "return Math.max(0, left);",
    orBy: engine("writer/fence.test.ts"),
  },
  {
    name: "TTL lost",
    file: FENCE,
    find: "return left <= 1 ? undefined : left;",
    replace: "return left <= 1 ? undefined : 0;",
  },
  {
    name: "TTL computed before its statement is prepared",
    file: FENCED_WRITER,
    find: "await this.#prepare(group, context);",
    replace: "void this.#prepare;",
    caughtBy: engine("writer/fenced-writer.test.ts"),
  },
  {
    name: "TTL 0 left out",
    file: "packages/cassandra/src/cql-text.ts",
    find: "USING TIMESTAMP ? AND TTL ? SET",
    replace: "USING TIMESTAMP ? SET",
    caughtBy: { project: "cassandra", file: "packages/cassandra/test/cql-text.test.ts" },
  },
  {
    name: "sent at the turn of a second",
    file: FENCED_WRITER,
    find: "await avoidTurnOfSecond(clock, context.moment, context.signal);",
    replace: "void avoidTurnOfSecond;",
    orBy: engine("writer/fenced-writer.test.ts"),
  },
  {
    name: "a page taken that was read across the turn of a second",
    file: "packages/engine/src/page/expiry-doubt.ts",
    find: "const MOST_TURNS = 4;",
    replace: "const MOST_TURNS = 1;",
    orBy: engine("executor/page-reader.test.ts"),
  },
  {
    name: "clocks that part ways not noticed",
    file: FENCE,
    find: "const MOST_APART_MS = 20;",
    replace: "const MOST_APART_MS = Number.POSITIVE_INFINITY;",
    caughtBy: engine("writer/fenced-writer.test.ts"),
  },
  {
    name: "doubt about the server's time not minded",
    file: "packages/engine/src/writer/turn-of-second.ts",
    find: "Math.min(doubt, MOST_DOUBT_MS)",
    replace: "Math.min(0, doubt, MOST_DOUBT_MS)",
    caughtBy: engine("writer/fenced-writer.test.ts"),
  },
  {
    name: "INSERT for UPDATE",
    file: "packages/cassandra/src/cql-text.ts",
    find: `return \`UPDATE \${tableName(table)} USING TIMESTAMP ? AND TTL ? SET \${assignments} WHERE \${keyCondition(table)}\`;`,
    replace: `return \`INSERT INTO \${tableName(table)} (\${assignments}) VALUES (?) USING TIMESTAMP ? AND TTL ? /* \${keyCondition(table)} */\`;`,
    caughtBy: { project: "cassandra", file: "packages/cassandra/test/cql-text.test.ts" },
  },
  {
    name: "label created",
    file: PAGE_SORTER,
    find: "const label = row.label;",
    replace: "const label = row.label ?? { value: new Uint8Array(), writetime: 1n, ttl: undefined };",
  },
  {
    name: "label ahead of its cells",
    file: PAGE_SORTER,
    find: "if (!label || this.#unfinishedRows.has(index) || target.equals(label.value)) return;",
    replace: "if (!label || target.equals(label.value)) return;",
    caughtBy: engine("page/rekeyer.test.ts"),
  },
  {
    name: "a cell that cannot be fenced is written",
    file: PAGE_SORTER,
    find: "if (writetime === MAX_WRITETIME &&",
    replace: "if (writetime > MAX_WRITETIME &&",
  },
  {
    name: "results matched to the wrong cell",
    file: "packages/engine/src/page/page-slots.ts",
    find: "cells.push({ slot, value: fresh[index]! });",
    replace: "cells.push({ slot, value: fresh[fresh.length - 1 - index]! });",
  },
  {
    name: "plaintexts matched to the wrong cell",
    file: "packages/engine/src/keyring/keyring.ts",
    find: "const result = results[position]!;",
    replace: "const result = results[results.length - 1 - position]!;",
  },
  {
    name: "checkpoint before acknowledgement",
    file: CHUNK_RUNNER,
    find: "const worked = await this.#workOn(timed, held, run, quiet);",
    replace: `if (page.next !== undefined) await held.advance(page.next, held.totals);
        const worked = await this.#workOn(timed, held, run, quiet);`,
    orBy: engine("executor/chunk-runner.test.ts"),
  },
  {
    name: "acknowledgement not waited for",
    file: FENCED_WRITER,
    find: "await sink.send(context.task.table, mutations, context.writeConsistency, context.signal);",
    replace:
      "void sink.send(context.task.table, mutations, context.writeConsistency, context.signal).catch(() => {});",
  },
  {
    name: "a page that was too late is passed over",
    file: CHUNK_RUNNER,
    find: "if (outcome.tooLate) {",
    replace: "if (outcome.tooLate && readings > MOST_READINGS) {",
    orBy: engine("executor/chunk-runner.test.ts"),
  },
  {
    name: "epoch not checked",
    file: "packages/testkit/src/simulation/memory-chunk.ts",
    find: "return this.#epoch === lease.epoch && this.#worker === lease.worker;",
    replace: "return this.#epoch >= lease.epoch && this.#worker !== undefined;",
  },
  {
    name: "epoch not checked by the file store",
    file: "plugins/state-file/src/chunk-leases.ts",
    find: `const HELD = \`\${CHUNK} AND epoch = ? AND worker = ? AND state = 'running'\`;`,
    replace: `const HELD = \`\${CHUNK} AND ? IS NOT NULL AND ? IS NOT NULL AND state = 'running'\`;`,
    caughtBy: { project: "state-file", file: "plugins/state-file/test/file-state-store.test.ts" },
  },
  {
    name: "cursor not bound to its range",
    file: "packages/cassandra/src/scan-cursor.ts",
    find: "if (outer !== fields.o) return start;",
    replace: "",
    caughtBy: { project: "cassandra", file: "packages/cassandra/test/scan-cursor.test.ts" },
  },
  {
    name: "cursor not bound to its statement",
    file: "packages/cassandra/src/scan-cursor.ts",
    find: "if (inner !== fields.i) return { after: completed, completed, pageState: undefined };",
    replace: "",
    caughtBy: { project: "cassandra", file: "packages/cassandra/test/scan-cursor.test.ts" },
  },
  {
    name: "MAX token dropped",
    file: "packages/engine/src/planner/split-ring.ts",
    find: "upTo: bound(BigInt(index) + 1n),",
    replace: "upTo: bound(BigInt(index) + 1n) - (index + 1 === count ? 1n : 0n),",
    caughtBy: engine("planner/split-ring.test.ts"),
  },
  {
    name: "a chunk left out",
    file: "packages/engine/src/planner/split-ring.ts",
    find: "after: bound(BigInt(index)),",
    replace: "after: bound(BigInt(index)) + (index === 0 ? 0n : 1n << 60n),",
  },
  {
    name: "LWT without its guard",
    file: "packages/cassandra/src/cql-text.ts",
    find: ` IF \${conditions.join(" AND ")}\`;`,
    replace: ` /* \${conditions.join(" AND ")} */\`;`,
    caughtBy: { project: "cassandra", file: "packages/cassandra/test/cql-text.test.ts" },
  },
  {
    name: "elements of a list without the list for a condition",
    file: "packages/cassandra/src/conditional-statements.ts",
    find: "cells.filter(holdsWhole).map(",
    replace: "cells.filter((cell) => holdsWhole(cell) && cell.part === undefined).map(",
    caughtBy: { project: "cassandra", file: "packages/cassandra/test/conditional-statements.test.ts" },
  },
  {
    name: "elements of one list in several transactions",
    file: LWT_WRITER,
    find: '(holdsWhole(cell) ? "elements" : cell.expiresAt)',
    replace: "cell.expiresAt",
    caughtBy: engine("writer/lwt-elements.test.ts"),
  },
  {
    name: "parts of unknown age written with a fence",
    file: FENCE,
    find: "if (cell.writetime === UNKNOWN_WRITETIME || holdsWhole(cell))",
    replace: "if (cell.part === null)",
    caughtBy: engine("page/unfrozen-cells.test.ts"),
  },
  {
    name: "a set written beside an application",
    file: "packages/engine/src/tables/element-rules.ts",
    find: "if (isLwt && settings.writersStopped) return undefined;",
    replace: "if (isLwt) return undefined;",
    caughtBy: engine("tables/element-rules.test.ts"),
  },
  {
    name: "a tie taken for won",
    file: "packages/engine/src/page/winning-draws.ts",
    find: "Buffer.compare(value, before) > 0",
    replace: "Buffer.compare(value, before) >= 0",
    caughtBy: engine("page/winning-draws.test.ts"),
  },
  {
    name: "a cell that lost every draw is written",
    file: PAGE_SORTER,
    find: "if (this.#lost.size > 0 && this.#lost.has(cellId(slot))) continue;",
    replace: "",
    caughtBy: engine("same-timestamp.test.ts"),
  },
  {
    name: "same-timestamp mode with a fence",
    file: FENCE,
    find: 'writeMode === "same-timestamp" ?',
    replace: 'writeMode === ("none" as string) ?',
    caughtBy: engine("same-timestamp.test.ts"),
  },
  {
    name: "LWT of unknown outcome taken for applied",
    file: LWT_WRITER,
    find: 'if (turn.end === "applied") break;',
    replace: 'if (turn.end === "applied" || turn.end === "unknown") break;',
    orBy: engine("writer/lwt-writer.test.ts"),
  },
  {
    name: "LWT that lost taken for applied",
    file: LWT_WRITER,
    find: 'if (turn.end === "applied") break;',
    replace: 'if (turn.end === "applied" || turn.end === "lost") break;',
  },
  {
    name: "LWT carried out whatever its condition",
    file: "packages/testkit/src/simulation/replicated-cluster.ts",
    find: "conditionHolds(condition, row, nowSeconds) ? change : undefined;",
    replace: "conditionHolds(condition, row, nowSeconds) || row ? change : undefined;",
  },
  {
    name: "LWT tried again with what it read first",
    file: LWT_WRITER,
    find: "row = again.work.writes[0];",
    replace:
      "row = again.work.writes[0] && { ...row, cells: row.cells.map((cell) => ({ ...cell, expected: again.row.cells[0]?.value ?? cell.expected })) };",
  },
  {
    name: "LWT by which an expiry moves: the row is read again across a second",
    file: "packages/engine/src/page/timed-row.ts",
    find: "if (!isExpiryInDoubt({ rows: [found.row], serverTimeMs: found.serverTimeMs, readMs })) return timed;",
    replace: "if (timed) return timed;",
    caughtBy: engine("writer/lwt-writer.test.ts"),
  },
  {
    name: "rows that raced not counted",
    file: LWT_WRITER,
    find: "landed.length < turn.doubtful.length) raced = 1;",
    replace: "landed.length < turn.doubtful.length) raced = 0;",
  },
  {
    name: "what a key opens not opened again",
    file: "packages/engine/src/keyring/keyring.ts",
    find: "await this.#openAgain(key, batch, results, signal);",
    replace: "void this.#openAgain;",
    caughtBy: engine("keyring/keyring.test.ts"),
  },
  {
    name: "memory that is given out twice not minded",
    file: "packages/engine/src/keyring/second-opening.ts",
    find: "const isAlike = !isShared && ",
    replace: "const isAlike = isShared === isShared && ",
    caughtBy: engine("keyring/keyring.test.ts"),
  },
  {
    name: "the schema looked at between chunks only",
    file: CHUNK_RUNNER,
    find: "await this.#checkDrift(read, sealingAtMs, held.signal);",
    replace: "void this.#checkDrift;",
    caughtBy: engine("executor/drift.test.ts"),
  },
  {
    name: "a mask taken for plaintext for ten seconds",
    file: CHUNK_RUNNER,
    find: "checkDrift(isUnproven ? readAtMs : undefined)",
    replace: "checkDrift(isUnproven && readAtMs < 0 ? readAtMs : undefined)",
    caughtBy: engine("executor/drift.test.ts"),
  },
  {
    name: "a look at the schema that failed taken for one",
    file: "packages/engine/src/executor/drift-check.ts",
    find: "const beganAtMs = parts.clock.monotonicMs();",
    replace: "const beganAtMs = parts.clock.monotonicMs();\n    seenAtMs = beganAtMs;",
    caughtBy: engine("executor/drift-check.test.ts"),
  },
];
