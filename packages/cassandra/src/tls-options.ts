import { type ConnectionOptions, checkServerIdentity } from "node:tls";

/** TLS towards the cluster. Certificates and keys are PEM. */
export interface TlsMaterial {
  readonly ca?: Buffer | string;
  readonly cert?: Buffer | string;
  readonly key?: Buffer | string;
  readonly passphrase?: string;
  /** Whether the certificate must name the host that is connected to. */
  readonly checkHostname: boolean;
}

/** The driver verifies nothing unless told to: chain and host name are verified here by default. */
export function tlsOptions(tls: TlsMaterial): ConnectionOptions {
  return {
    rejectUnauthorized: true,
    checkServerIdentity: tls.checkHostname ? checkServerIdentity : () => undefined,
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.key !== undefined && { key: tls.key }),
    ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
  };
}
