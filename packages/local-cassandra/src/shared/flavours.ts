import type { CassandraOptions } from "../options.ts";

/**
 * The clusters that all tests of one run share; each is started when the first test asks for it.
 *
 * - `plain`: open to everyone.
 * - `secured`: passwords and permissions, and TLS on the same port for whoever wants it.
 * - `mutual-tls`: TLS only, and only with a certificate of its CA.
 */
export const FLAVOURS = {
  plain: {},
  secured: { auth: true, tls: { plaintext: true }, heap: "512m" },
  "mutual-tls": { tls: { clientCertificate: "required" }, heap: "512m" },
} satisfies Record<string, CassandraOptions>;

export type Flavour = keyof typeof FLAVOURS;

/** The environment variable that tells tests, and the processes they start, where to ask. */
export const SHARED_URL = "REKEY_SHARED_CASSANDRA";

/** The environment variable with the name of this run of tests, which its keyspaces bear. */
export const SHARED_RUN = "REKEY_SHARED_RUN";
