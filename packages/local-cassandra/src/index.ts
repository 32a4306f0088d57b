export type { CassandraAddress, TlsFiles } from "./cassandra-address.ts";
export { clientOptions, connectClient } from "./connect-client.ts";
export type { CassandraNode, LocalCassandra } from "./local-cassandra.ts";
export type { CassandraOptions, CassandraOrigin, TlsOptions } from "./options.ts";
export { startCassandra } from "./start-cassandra.ts";
export { defaultVersion } from "./wanted-cassandra.ts";
