import type { CassandraOrigin } from "./options.ts";

/** Files for an encrypted connection, all PEM. */
export interface TlsFiles {
  /** The CA that signed the nodes' certificate and the client's. */
  readonly ca: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** How to reach a cluster. Plain data: it may go to other processes as JSON. */
export interface CassandraAddress {
  readonly how: CassandraOrigin;
  /** `release_version` as the first node says it. */
  readonly version: string;
  readonly contactPoints: readonly string[];
  readonly port: number;
  readonly localDc: string;
  /** The superuser, where passwords are checked. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Present where the client port speaks TLS. */
  readonly tls?: TlsFiles;
  /** With `tls`: the port refuses connections without it. */
  readonly tlsRequired?: boolean;
}
