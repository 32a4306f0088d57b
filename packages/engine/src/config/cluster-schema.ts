import { z } from "zod";
import { envName, fileName, flag, tableName, text, whole } from "./fields.ts";

const tlsFiles = z
  .strictObject({
    ca_file: fileName()
      .optional()
      .describe(
        "PEM file of the certificate authority that signed the nodes' certificates. Default: the system's.",
      ),
    cert_file: fileName().optional().describe("PEM file of the client certificate. Needs key_file."),
    key_file: fileName()
      .optional()
      .describe("PEM file of the client certificate's private key. Needs cert_file."),
    passphrase_env: envName().optional().describe("Environment variable with the passphrase of key_file."),
    check_hostname: flag()
      .default(true)
      .describe("Whether a node's certificate must name the host that is connected to."),
  })
  .describe("TLS to the cluster.");

/** `cluster:` */
export const clusterSchema = z
  .strictObject({
    contact_points: z
      .array(text())
      .min(1)
      .describe(
        'Nodes to connect to first, each "host" or "host:port". At least one; two or three are usual.',
      ),
    port: whole(1, 65_535).default(9042).describe("Native protocol port of nodes whose port is not given."),
    local_dc: text()
      .optional()
      .describe("Data centre whose nodes are used. Default: the first contact point's data centre."),
    keyspace: tableName().describe("Keyspace of all tables that name no other."),
    username: text().optional().describe("User name. One of username and username_env, or neither."),
    password: text()
      .optional()
      .describe("Password, in plain text: works, with a warning. Prefer password_env or password_file."),
    username_env: envName().optional().describe("Environment variable with the user name."),
    password_env: envName().optional().describe("Environment variable with the password."),
    password_file: fileName()
      .optional()
      .describe("File with the password; a trailing line break is ignored."),
    tls: z
      .union([flag(), tlsFiles])
      .optional()
      .describe("TLS: true for the system's certificate authorities, or files. Default: no TLS."),
    request_timeout_ms: whole(100, 600_000)
      .default(12_000)
      .describe("Time that one request may take, in milliseconds."),
    max_in_flight: whole(1, 32_768)
      .optional()
      .describe("Requests that this process may have outstanding at the driver, state store included."),
  })
  .describe("How the cluster is reached.");

export type ClusterInput = z.output<typeof clusterSchema>;
