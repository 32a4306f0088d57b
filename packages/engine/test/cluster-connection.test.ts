import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRekeyError } from "@cassandra-rekey/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectionSettings } from "../src/cluster-connection.ts";
import { parseConfig } from "../src/config/load-config.ts";
import { secretReader } from "../src/config/secrets.ts";

describe("the connection that a configuration asks for", () => {
  let folder: string;
  const warnings: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rekey-connection-"));
    for (const name of ["ca.pem", "cert.pem", "key.pem"])
      await writeFile(join(folder, name), `the ${name}`, { mode: 0o644 });
    await writeFile(join(folder, "password"), "from file\n", { mode: 0o600 });
    await writeFile(join(folder, "marked"), "\ufefffrom file\r\n", { mode: 0o600 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const settingsOf = (cluster: string, env: Record<string, string> = {}) => {
    const config = parseConfig(
      `cluster:
  contact_points: [a, "b:9999", "::1"]
  keyspace: ks
${cluster}
provider: { old_key_env: A, new_key_env: B }
tables: [{ name: t, encrypted_columns: [c] }]
`,
      join(folder, "c.yaml"),
    );
    const secret = secretReader({ env, directory: folder, warn: (message) => warnings.push(message) });
    return connectionSettings(config.settings.cluster, { config, secret });
  };

  it("has every port, and no credentials where none are configured", async () => {
    expect(await settingsOf("  port: 9043\n  local_dc: dc2\n  request_timeout_ms: 500")).toEqual({
      contactPoints: ["a:9043", "b:9999", "[::1]:9043"],
      port: 9043,
      localDc: "dc2",
      keyspace: "ks",
      requestTimeoutMs: 500,
    });
  });

  it.each([
    ["  username: u\n  password: p", { username: "u", password: "p" }],
    ["  username_env: U\n  password_env: P", { username: "user", password: "pässword" }],
    ["  username: u\n  password_file: password", { username: "u", password: "from file" }],
    ["  username: u\n  password_file: marked", { username: "u", password: "from file" }],
  ])("takes the credentials from where they are: %j", async (cluster, expected) => {
    expect(await settingsOf(cluster, { U: "user\n", P: "pässword" })).toMatchObject(expected);
  });

  it("reads certificates beside the configuration", async () => {
    const { tls } = await settingsOf(
      "  tls: { ca_file: ca.pem, cert_file: cert.pem, key_file: key.pem, passphrase_env: P, check_hostname: false }",
      { P: "open" },
    );
    expect(tls).toEqual({
      ca: Buffer.from("the ca.pem"),
      cert: Buffer.from("the cert.pem"),
      key: Buffer.from("the key.pem"),
      passphrase: "open",
      checkHostname: false,
    });
    // Of the three, the private key alone is secret.
    expect(warnings).toEqual([expect.stringMatching(/key\.pem may be read by every user of this host/)]);
    expect((await settingsOf("  tls: true")).tls).toEqual({ checkHostname: true });
    expect((await settingsOf("  tls: false")).tls).toBeUndefined();
  });

  it.each([
    [
      "  username_env: U\n  password_env: P",
      "c.yaml:4:17 cluster.username_env: the environment variable U is not set",
    ],
    [
      "  username: u\n  password_env: P",
      "c.yaml:5:17 cluster.password_env: the environment variable P is not set",
    ],
    ["  username: u\n  password_file: none", "c.yaml:5:18 cluster.password_file: the secret file"],
    ["  tls: { ca_file: none.pem }", "c.yaml:4:19 cluster.tls.ca_file: the file"],
    ["  tls: { ca_file: /dev/zero }", "the file /dev/zero is larger than 4 MiB"],
    ["  tls: { cert_file: cert.pem, key_file: . }", "cluster.tls.key_file: the secret file"],
    [
      "  tls: { cert_file: cert.pem, key_file: key.pem, passphrase_env: P }",
      "cluster.tls.passphrase_env: the environment variable P",
    ],
  ])("names the place of what is missing: %j", async (cluster, expected) => {
    const error = await settingsOf(cluster).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(isRekeyError(error) && error.code).toBe("CONFIG.SECRET_MISSING");
    expect((error as Error).message.replace(`${folder}/`, "")).toContain(expected);
  });
});
