import { RekeyError } from "@cassandra-rekey/core";
import type { CassandraAddress } from "../cassandra-address.ts";
import { type Flavour, SHARED_URL } from "./flavours.ts";

/**
 * The cluster of that flavour which all tests of this run share, started now if no test asked before.
 *
 * @throws RekeyError `CLUSTER.UNREACHABLE` where none can be started; `USAGE.INVALID` outside a test run.
 */
export async function sharedCassandra(flavour: Flavour = "plain"): Promise<CassandraAddress> {
  const url = process.env[SHARED_URL];
  if (url === undefined) {
    throw new RekeyError("USAGE.INVALID", `${SHARED_URL} is not set: no shared Cassandra is offered here.`, {
      hint: "Run the tests through vitest from the root: its global set-up offers one.",
    });
  }
  const answer = await fetch(`${url}/${flavour}`);
  const body = (await answer.json()) as
    | CassandraAddress
    | { message: string; hint: string; problems: string[] };
  if (!("message" in body)) return body;
  throw new RekeyError("CLUSTER.UNREACHABLE", body.message, {
    hint: body.hint,
    problems: body.problems,
    retryable: false,
  });
}
