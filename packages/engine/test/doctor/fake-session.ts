import type { ClusterSession, HostState } from "@cassandra-rekey/cassandra";
import { RekeyError } from "@cassandra-rekey/core";

type Fields = Readonly<Record<string, unknown>>;

/** What a statement is answered with: rows, or a refusal. */
export type Answer = readonly Fields[] | RekeyError;

/** A session that answers statements by what they contain, for what no real cluster can be made to say quickly. */
export function fakeSession(
  answers: Readonly<Record<string, Answer>>,
  {
    hosts = [host()],
    localDc = "dc1",
  }: { readonly hosts?: readonly HostState[]; readonly localDc?: string } = {},
): ClusterSession {
  const session = {
    localDc,
    hosts: () => hosts,
    majorVersion: Number.parseInt(hosts[0]!.version, 10),
    rows: async (cql: string) => {
      const found = Object.entries(answers).find(([part]) => cql.includes(part))?.[1];
      if (found instanceof RekeyError) throw found;
      if (!found) throw new RekeyError("CLUSTER.INVALID_QUERY", `nothing is known of ${cql}`);
      return found.map((fields) => ({ ...fields, get: (name: string) => fields[name] }));
    },
  };
  return session as unknown as ClusterSession;
}

/** A node that is up. */
export function host(differences: Partial<HostState> = {}): HostState {
  return {
    address: "10.0.0.1:9042",
    dataCenter: "dc1",
    rack: "r1",
    version: "5.0.9",
    up: true,
    ...differences,
  };
}

/** That the role may not. */
export const UNAUTHORIZED = new RekeyError("CLUSTER.UNAUTHORIZED", "no SELECT permission");
