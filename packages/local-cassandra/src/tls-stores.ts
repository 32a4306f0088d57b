import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TlsFiles } from "./cassandra-address.ts";
import { notStarted } from "./not-started.ts";
import { runCommand } from "./run-command.ts";

/** Of generated stores that live as long as their cluster, on one machine: it guards nothing. */
export const KEYSTORE_PASSWORD = "cassandra";

/** The server's side of TLS, PKCS #12. */
export interface TlsStores {
  readonly keystore: string;
  readonly truststore: string;
}

/**
 * Makes a CA, a certificate of the nodes with the given subject alternative names and one of a client.
 * Needs `openssl`, and `keytool` for a trust store that Java accepts.
 */
export async function makeTlsStores(
  folder: string,
  names: readonly string[],
  keytool: string,
): Promise<{ readonly files: TlsFiles; readonly stores: TlsStores }> {
  await mkdir(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  await openssl(
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=cassandra-rekey-ca".split(
      " ",
    ),
    ["-keyout", at("ca.key"), "-out", at("ca.pem")],
  );
  await issue(folder, "server", [`subjectAltName=${names.join(",")}`]);
  await issue(folder, "client", ["extendedKeyUsage=clientAuth"]);
  await openssl(
    ["pkcs12", "-export", "-name", "server", "-passout", `pass:${KEYSTORE_PASSWORD}`],
    [
      "-inkey",
      at("server.key"),
      "-in",
      at("server.pem"),
      "-certfile",
      at("ca.pem"),
      "-out",
      at("server.p12"),
    ],
  );
  await must(keytool, [
    "-importcert",
    "-noprompt",
    "-alias",
    "ca",
    "-file",
    at("ca.pem"),
    "-keystore",
    at("trust.p12"),
    "-storetype",
    "PKCS12",
    "-storepass",
    KEYSTORE_PASSWORD,
  ]);
  return {
    files: { ca: at("ca.pem"), clientCertificate: at("client.pem"), clientKey: at("client.key") },
    stores: { keystore: at("server.p12"), truststore: at("trust.p12") },
  };
}

async function issue(folder: string, name: string, extensions: readonly string[]): Promise<void> {
  const at = (suffix: string) => join(folder, `${name}.${suffix}`);
  await writeFile(at("ext"), `${["basicConstraints=CA:FALSE", ...extensions].join("\n")}\n`);
  await openssl(
    ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ["-subj", `/CN=cassandra-rekey-${name}`, "-keyout", at("key"), "-out", at("csr")],
  );
  await openssl(
    ["x509", "-req", "-days", "30", "-CAcreateserial", "-CA", join(folder, "ca.pem")],
    ["-CAkey", join(folder, "ca.key"), "-extfile", at("ext"), "-in", at("csr"), "-out", at("pem")],
  );
}

function openssl(...args: readonly (readonly string[])[]): Promise<void> {
  return must("openssl", args.flat());
}

async function must(command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runCommand(command, args);
  if (code === 0) return;
  throw notStarted(
    code === undefined
      ? `Certificates cannot be made: ${command} is not installed.`
      : `Certificates cannot be made: ${command} ${args[0]} failed.`,
    "TLS needs openssl and the JDK's keytool.",
    output.split("\n").slice(-5),
  );
}
