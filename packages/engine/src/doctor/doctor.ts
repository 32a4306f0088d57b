import { hostname } from "node:os";
import { ClusterInspector, type ClusterSession, markRemoteOutages } from "@cassandra-rekey/cassandra";
import {
  type Clock,
  isRekeyError,
  type Random,
  type SecretRef,
  type StateStore,
} from "@cassandra-rekey/core";
import type { LoadedConfig } from "../config/settings.ts";
import { allKeyrings } from "../keyring/column-keyring.ts";
import { Keyrings } from "../keyring/keyrings.ts";
import { openKeyrings } from "../keyring/open-keyrings.ts";
import type { PluginParts } from "../plugin-parts.ts";
import type { DoctorReport, TableEstimate } from "../reports.ts";
import { checkTwoDayLimit } from "./amazon-keyspaces.ts";
import { Checks } from "./checks.ts";
import { checkActivity, checkClock, checkReplicas, checkVersion } from "./cluster-checks.ts";
import { checkDraws } from "./draw-check.ts";
import { estimateTables } from "./estimate-tables.ts";
import { checkGuardrails, type ServerSettings } from "./guardrail-checks.ts";
import { checkJobKeys, type KnownKeys } from "./job-keys-check.ts";
import { checkKeys } from "./key-checks.ts";
import { checkPermissions } from "./permission-check.ts";
import type { ReadableTable } from "./readable-table.ts";
import { checkSamples } from "./sample-checks.ts";
import { checkSerial } from "./serial-check.ts";
import { readServerRole } from "./server-role.ts";
import { checkTables } from "./table-checks.ts";

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
  readonly sample?: number | undefined;
}

/** Checks everything that a run depends on, and writes nothing. What cannot be checked is a failure with its reason. */
export async function runDoctor(parts: DoctorParts): Promise<DoctorReport> {
  const { config, signal } = parts;
  const { settings } = config;
  const checks = new Checks();
  for (const warning of config.warnings)
    checks.warn(
      "config",
      warning,
      "Nothing has to be done; change the line named if this is not what you meant.",
    );

  await using opened = new AsyncDisposableStack();
  const keyrings = await openKeys(checks, parts, opened);
  const session = await openSession(checks, parts);
  let estimates: readonly TableEstimate[] | undefined;
  if (session) {
    const readable = await checkCluster(checks, session, parts);
    if (keyrings) await checkDraws(checks, keyrings, readable, signal);
    if (keyrings) await checkSamples(checks, session, settings, readable, keyrings, parts.random, signal);
    if (keyrings && parts.sample !== undefined)
      estimates = await estimateTables(
        checks,
        session,
        { ...parts, keyrings, sample: parts.sample },
        readable,
      );
  }
  const jobs = await checkState(checks, parts, session !== undefined);
  await checks.attempt("keys.jobs", async () => {
    if (!keyrings) return;
    const names = [...allKeyrings(settings).keys()];
    await checkJobKeys(checks, { keyrings, names, host: hostname() }, jobs, signal);
  });
  signal.throwIfAborted();
  const ok = checks.list.every((check) => check.level !== "FAIL");
  return { ok, checks: checks.list, ...(estimates && { estimates }) };
}

async function openKeys(
  checks: Checks,
  { config, parts, signal }: DoctorParts,
  opened: AsyncDisposableStack,
): Promise<Keyrings | undefined> {
  let keyrings: Keyrings | undefined;
  await checks.attempt("keys", async () => {
    const { main, named } = await openKeyrings(config.settings, parts, opened, { signal });
    await checkKeys(checks, main, signal);
    for (const [name, keys] of named) await checkKeys(checks, keys, signal, name);
    keyrings = new Keyrings(main, named);
  });
  return keyrings;
}

async function openSession(
  checks: Checks,
  { config, openCluster }: DoctorParts,
): Promise<ClusterSession | undefined> {
  let session: ClusterSession | undefined;
  await checks.attempt("connection", async () => {
    session = await openCluster();
    const { contactPoints, tls } = config.settings.cluster;
    const points = contactPoints.map(({ host, port }) => `${host}:${port}`).join(", ");
    checks.ok("connection", `connected to ${points}${tls ? " over TLS" : ""}`);
  });
  return session;
}

async function checkCluster(
  checks: Checks,
  session: ClusterSession,
  { config: { settings }, secret, clock, signal }: DoctorParts,
): Promise<readonly ReadableTable[]> {
  const inspector = new ClusterInspector(session);
  await checks.attempt("cluster.version", () => checkVersion(checks, session, inspector, signal));
  await checks.attempt("cluster.timestamps", () => checkTwoDayLimit(checks, session, settings, signal));
  await checks.attempt("cluster.replicas", async () => {
    await markRemoteOutages(session, settings.tables, signal);
    checkReplicas(checks, session, settings);
  });
  await checks.attempt("table.serial", async () => checkSerial(checks, session, settings));
  await checks.attempt("cluster.clock", () => checkClock(checks, inspector, clock, signal));
  await checks.attempt("cluster.activity", () => checkActivity(checks, inspector, signal));
  let server: ServerSettings;
  await checks.attempt("cluster.guardrails", async () => {
    server = await inspector.settings(signal);
  });
  const tables = await checkTables(checks, session, server, settings, signal);
  await checks.attempt("cluster.permissions", async () => {
    const { username } = settings.cluster;
    const name =
      username && ("value" in username ? username.value : new TextDecoder().decode(await secret(username)));
    const role = await readServerRole(session, name, signal);
    checkPermissions(checks, role, tables.existing);
    checkGuardrails(checks, server, role, settings, tables.readable, session.hosts());
  });
  return tables.readable;
}

async function checkState(
  checks: Checks,
  { config, openStore, signal }: DoctorParts,
  connected: boolean,
): Promise<readonly KnownKeys[]> {
  const { type } = config.settings.state;
  const unfinished: KnownKeys[] = [];
  await checks.attempt("state", async () => {
    try {
      const store = await openStore();
      for (const job of await store.jobs(signal))
        if (job.state !== "done") unfinished.push({ job, known: await store.keyChecks(job.id, signal) });
    } catch (error) {
      // A store that lives in the cluster only says again what the connection said.
      if (!connected && isRekeyError(error) && error.code.startsWith("CLUSTER.")) return;
      throw error;
    }
    checks.ok("state", `the ${type} state store answers`);
  });
  return unfinished;
}
