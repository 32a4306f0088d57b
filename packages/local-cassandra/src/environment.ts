import { RekeyError } from "@cassandra-rekey/core";
import type { CassandraAddress } from "./cassandra-address.ts";
import type { LocalCassandra } from "./local-cassandra.ts";
import type { WantedCassandra } from "./options.ts";
import { ask } from "./readiness.ts";

const DEFAULT_PORT = 9042;

/**
 * The cluster that `REKEY_TEST_CONTACT_POINTS` (comma separated), `REKEY_TEST_PORT` and `REKEY_TEST_LOCAL_DC`
 * name; undefined where they are not set, or where something is wanted that such a cluster may not have.
 *
 * @throws RekeyError `CLUSTER.UNREACHABLE` when it is named and does not answer.
 */
export async function environmentCassandra(
  wanted: WantedCassandra,
  env: NodeJS.ProcessEnv = process.env,
): Promise<LocalCassandra | undefined> {
  const contactPoints = (env.REKEY_TEST_CONTACT_POINTS ?? "")
    .split(",")
    .map((point) => point.trim())
    .filter((point) => point !== "");
  if (contactPoints.length === 0 || !wanted.ordinary) return undefined;
  const named: CassandraAddress = {
    how: "environment",
    version: "unknown",
    contactPoints,
    port: Number(env.REKEY_TEST_PORT ?? DEFAULT_PORT),
    localDc: env.REKEY_TEST_LOCAL_DC ?? "datacenter1",
  };
  try {
    const { version, localDc } = await ask(named);
    return {
      ...named,
      version,
      localDc,
      nodes: [],
      stopHint: undefined,
      logTail: async () => "",
      nodetool: () => notOurs("nodetool"),
      killNode: () => notOurs("killing a node"),
      startNode: () => notOurs("starting a node"),
      stop: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
  } catch (cause) {
    throw new RekeyError(
      "CLUSTER.UNREACHABLE",
      `The Cassandra that REKEY_TEST_CONTACT_POINTS names (${contactPoints.join(", ")}, port ${named.port}) does not answer.`,
      {
        hint: "Correct REKEY_TEST_CONTACT_POINTS, REKEY_TEST_PORT and REKEY_TEST_LOCAL_DC, or unset them.",
        cause,
      },
    );
  }
}

async function notOurs(what: string): Promise<never> {
  throw new RekeyError("USAGE.INVALID", `The cluster comes from the environment: ${what} is not possible.`);
}
