import { describe, expect, it } from "vitest";
import { problemsOf, SMALLEST } from "./load.ts";

const FERNET = "ceLp2eXQx0W9w3ySVh1uLhLxPRRLpJQNPyHLrSVQ-2Y=";
const PEM = "-----BEGIN PRIVATE KEY-----\\nMIIBVAIBADANBgkqhkiG9w0BAQEFAASC\\n-----END PRIVATE KEY-----";
const PASSWORD = "correct horse battery";

const cluster = (line: string) => SMALLEST.replace("  keyspace: app\n", `  keyspace: app\n  ${line}\n`);
const provider = (fields: string) =>
  SMALLEST.replace("{ old_key_env: OLD, new_key_env: NEW }", `{ old_key_env: OLD, ${fields} }`);

describe("a secret that is pasted where the name of its place belongs", () => {
  it.each([
    [
      provider(`new_key_env: "${FERNET}"`),
      FERNET,
      "4:44 provider.new_key_env: must be the name of an environment",
    ],
    [
      provider(`new_key_file: "${PEM}"`),
      "MIIB",
      "provider.new_key_file: must be the name of a file, on one line",
    ],
    [
      cluster(`username: u\n  password_env: ${PASSWORD}`),
      PASSWORD,
      "5:17 cluster.password_env: must be the name",
    ],
    [
      cluster(`username: u\n  password_file: "${PEM}"`),
      "MIIB",
      "cluster.password_file: must be the name of a file",
    ],
    [
      cluster(`tls: { cert_file: c, key_file: "${PEM}" }`),
      "MIIB",
      "cluster.tls.key_file: must be the name of a file",
    ],
    [
      cluster(`tls: { passphrase_env: "${PASSWORD}" }`),
      PASSWORD,
      "cluster.tls.passphrase_env: must be the name",
    ],
    [cluster(`port: "${PASSWORD}"`), PASSWORD, "cluster.port: must be a number, not text"],
    [
      cluster(`tls: "${PASSWORD}"`),
      PASSWORD,
      "cluster.tls: must be true or false or a group of settings, not text",
    ],
    [provider(`type: "${FERNET}"`), FERNET, "provider.type: must be a name in lower case"],
    [
      `${SMALLEST}    consistency: { read: "${FERNET}" }\n`,
      FERNET,
      "consistency.read: must be one of ONE, TWO",
    ],
    [`${SMALLEST}    chunks: "${FERNET}"\n`, FERNET, 'chunks: must be a number or "auto", not text'],
    [
      `${SMALLEST}plugins: { allow: ["${PASSWORD}"] }\n`,
      PASSWORD,
      "plugins.allow[0]: must be a package name",
    ],
    [`${SMALLEST}execution: "${FERNET}"\n`, FERNET, "execution: must be a group of settings, not text"],
  ])("is refused with its place and not repeated: %#", (text, secret, expected) => {
    const problems = problemsOf(text);
    expect(problems.join("\n")).toContain(expected);
    expect(problems.join("\n")).not.toContain(secret);
  });
});
