export type { CassandraAddress, TlsFiles } from "../cassandra-address.ts";
export { clientOptions, connectClient } from "../connect-client.ts";
export type { Flavour } from "./flavours.ts";
export { dropKeyspaces, freshKeyspace } from "./keyspaces.ts";
export { type CassandraSince, isCassandra, needsCassandra } from "./needs-cassandra.ts";
export { sharedCassandra } from "./shared-cassandra.ts";
export { type TestHooks, type TestKeyspace, useKeyspace, useOpened } from "./use-keyspace.ts";
