import type { Client } from "cassandra-driver";
import type { CassandraAddress } from "../cassandra-address.ts";
import { connectClient } from "../connect-client.ts";
import type { Flavour } from "./flavours.ts";
import { dropKeyspaces, freshKeyspace } from "./keyspaces.ts";
import { sharedCassandra } from "./shared-cassandra.ts";

/** The hooks of a test runner, such as vitest's. */
export interface TestHooks {
  beforeAll(run: () => Promise<void>, timeoutMs?: number): unknown;
  afterAll(run: () => Promise<void>): unknown;
}

/**
 * What is opened may have to be downloaded and started first. Both have limits of their own, and say what went wrong;
 * a runner's usual limit would end them without a word.
 */
const LONGEST_OPENING_MS = 5 * 60_000;

/** A keyspace on a shared cluster, for the tests of one file or of one `describe`. */
export interface TestKeyspace {
  readonly cluster: CassandraAddress;
  /** The superuser's. */
  readonly client: Client;
  /** Its name. A keyspace whose name begins with it is dropped with it. */
  readonly keyspace: string;
}

/**
 * Connects to a shared cluster and makes a keyspace before the tests where it is called, and drops it after them.
 * What it returns is empty until then, so take its parts where they are used.
 */
export function useKeyspace(hooks: TestHooks, flavour?: Flavour): TestKeyspace {
  return useOpened(hooks, async (stack) => {
    const cluster = await sharedCassandra(flavour);
    const client = await connectClient(cluster);
    stack.defer(() => client.shutdown());
    const keyspace = await freshKeyspace(client);
    stack.defer(() => dropKeyspaces(client, keyspace));
    return { cluster, client, keyspace };
  });
}

/**
 * Opens something before the tests where it is called; after them closes whatever `open` left on the stack, the last
 * first, also where it failed half-way. What it returns is empty until then.
 */
export function useOpened<Opened extends object>(
  { beforeAll, afterAll }: TestHooks,
  open: (stack: AsyncDisposableStack) => Promise<Opened>,
): Opened {
  const opened = {} as Opened;
  const stack = new AsyncDisposableStack();
  beforeAll(async () => void Object.assign(opened, await open(stack)), LONGEST_OPENING_MS);
  afterAll(() => stack.disposeAsync());
  return opened;
}
