import { type ClusterSession, SchemaReader } from "@cassandra-rekey/cassandra";
import type { Clock, EncryptionKey, Random, SecretRef, StateStore } from "@cassandra-rekey/core";
import type { LoadedConfig } from "../config/settings.ts";
import type { PluginParts } from "../plugin-parts.ts";
import type { DoctorReport } from "../reports.ts";
import { Checks } from "./checks.ts";
import { cdcWouldBlock, checkCluster } from "./cluster-checks.ts";
import { checkKeys, checkSamples } from "./key-checks.ts";
import { checkPermissions } from "./permission-check.ts";
import { tableFindings } from "./table-rules.ts";

/** What {@link runDoctor} looks at. */
export interface DoctorParts {
  readonly config: LoadedConfig;
  readonly parts: PluginParts;
  readonly openCluster: () => Promise<ClusterSession>;
  readonly openStore: () => Promise<StateStore>;
  readonly secret: (ref: SecretRef) => Promise<Uint8Array>;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Checks everything that a run depends on, and writes nothing. What cannot be checked is a failure with its reason. */
export async function runDoctor(parts: DoctorParts): Promise<DoctorReport> {
  const { config, signal } = parts;
  const { settings } = config;
  const checks = new Checks();
  for (const warning of config.warnings) checks.warn("config", warning, "See the configuration reference.");

  await using keys = new AsyncDisposableStack();
  let target: EncryptionKey | undefined;
  const previous: EncryptionKey[] = [];
  const keysOpen = await checks.attempt("keys", async () => {
    target = keys.use(await parts.parts.key(settings.keys.target, "target"));
    for (const key of settings.keys.previous) previous.push(keys.use(await parts.parts.key(key, "previous")));
    await checkKeys(checks, target, previous, signal);
  });

  let session: ClusterSession | undefined;
  await checks.attempt("connection", async () => {
    session = await parts.openCluster();
    checks.ok(
      "connection",
      `connected to ${settings.cluster.contactPoints.map(({ host, port }) => `${host}:${port}`).join(", ")}`,
    );
  });
  if (session) {
    const connected = session;
    await checkCluster(checks, connected, settings, parts.clock, signal);
    await checks.attempt("cluster.permissions", async () => {
      const name = settings.cluster.username;
      const username =
        name && ("value" in name ? name.value : Buffer.from(await parts.secret(name)).toString("utf8"));
      await checkPermissions(checks, connected, username, settings, signal);
    });
    const readable = await checkTables(checks, connected, parts);
    if (keysOpen && target && readable) {
      await checkSamples(
        checks,
        connected,
        settings,
        { target, previous },
        () => parts.random.fraction(),
        signal,
      );
    }
  }
  await checks.attempt("state", async () => {
    await (await parts.openStore()).jobs(signal);
    checks.ok("state", `the ${settings.state.type} state store answers`);
  });
  return { ok: checks.list.every((check) => check.level !== "FAIL"), checks: checks.list };
}

/** Tells whether every table is there with the columns that a sample needs. */
async function checkTables(
  checks: Checks,
  session: ClusterSession,
  { config, signal }: DoctorParts,
): Promise<boolean> {
  let readable = true;
  for (const table of config.settings.tables) {
    const place = `${table.keyspace}.${table.name}`;
    const came = await checks.attempt(
      "table",
      async () => {
        const schema = await new SchemaReader(session).table(table.keyspace, table.name, signal);
        const findings = tableFindings(table, schema, "rekey");
        checks.add(...findings);
        if (findings.some((finding) => finding.level === "FAIL" && finding.check !== "table.gc-grace"))
          readable = false;
        if (
          schema?.cdc &&
          (await cdcWouldBlock(session, signal)) &&
          !table.accept.includes("table.cdc-space")
        ) {
          checks.fail(
            "table.cdc-space",
            "a full CDC space would block the application's writes",
            "Set cdc_block_writes: false, make sure that the consumer keeps up, or accept this with `accept: [table.cdc-space]`.",
            place,
          );
        }
        if (findings.length === 0)
          checks.ok("table", "key columns, encrypted columns and options are as they should be", place);
      },
      place,
    );
    readable &&= came;
  }
  return readable;
}
