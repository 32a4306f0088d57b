import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRekeyError, type SecretRef } from "@cassandra-rekey/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAX_SECRET_BYTES, secretReader } from "../../src/config/secrets.ts";

// A Fernet key, and one whose last characters are missing, so that it could be the name of a variable.
const KEY = "ceLp2eXQx0W9w3ySVh1uLhLxPRRLpJQNPyHLrSVQ-2Y=";
const CUT_KEY = KEY.slice(0, 30);
const HEX_KEY = "deadbeef00112233445566778899aabb";

describe("a secret", () => {
  let folder: string;
  const warnings: string[] = [];
  const reader = (env: Record<string, string> = {}) =>
    secretReader({ env, directory: folder, warn: (message) => warnings.push(message) });
  const read = async (ref: SecretRef, env?: Record<string, string>) =>
    Buffer.from(await reader(env)(ref)).toString();
  const refusal = async (ref: SecretRef, env?: Record<string, string>) => {
    const error = await reader(env)(ref).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!isRekeyError(error)) return "none";
    expect(error.code).toBe("CONFIG.SECRET_MISSING");
    // What is logged of an error includes its causes.
    return `${error.message} ${error.hint} ${error.cause ?? ""}`;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rekey-secrets-"));
    await mkdir(join(folder, "directory"));
    for (const [name, text] of Object.entries({
      key: `${KEY}\n`,
      windows: `${KEY}\r\n`,
      "inner-breaks": "a\nb\n\n",
      blank: " \n",
      empty: "",
      "only-breaks": "\n\r\n",
      open: KEY,
    })) {
      await writeFile(join(folder, name), text, { mode: 0o600 });
    }
    await chmod(join(folder, "open"), 0o644);
    await writeFile(join(folder, "largest"), Buffer.alloc(MAX_SECRET_BYTES, 1), { mode: 0o600 });
    await writeFile(join(folder, "larger"), Buffer.alloc(MAX_SECRET_BYTES + 1, 1), { mode: 0o600 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("comes from a variable or a file, without the line breaks at its end", async () => {
    expect(await read({ env: "K" }, { K: `${KEY}\n` })).toBe(KEY);
    expect(await read({ file: "key" })).toBe(KEY);
    expect(await read({ file: join(folder, "windows") })).toBe(KEY);
    expect(await read({ file: "inner-breaks" })).toBe("a\nb");
    expect(await read({ file: "blank" })).toBe(" ");
  });

  it("may be any bytes", async () => {
    await writeFile(join(folder, "binary"), Buffer.from([0, 255, 10, 13, 128]), { mode: 0o600 });
    expect([...(await reader()({ file: "binary" }))]).toEqual([0, 255, 10, 13, 128]);
    expect(await reader()({ file: "largest" })).toHaveLength(MAX_SECRET_BYTES);
  });

  it.each([
    [{ env: "MISSING" }, "The environment variable MISSING is not set"],
    [{ env: "EMPTY" }, "The environment variable EMPTY is empty"],
    [{ env: "BREAKS" }, "The environment variable BREAKS is empty"],
    [{ file: "none" }, "/none does not exist"],
    [{ file: "key/below" }, "/key/below does not exist"],
    [{ file: "directory" }, "/directory is a directory"],
    [{ file: "empty" }, "/empty is empty"],
    [{ file: "only-breaks" }, "/only-breaks is empty"],
    [{ file: "larger" }, "/larger is larger than 64 KiB"],
  ])("that is not there is named by its place: %j", async (ref, expected) => {
    expect(await refusal(ref, { EMPTY: "", BREAKS: "\r\n" })).toContain(expected);
  });

  it("may not be readable", async () => {
    const denied = Object.assign(new Error("denied"), { code: "EACCES" });
    const read = secretReader({ env: {}, readFile: () => Promise.reject(denied) });
    await expect(read({ file: "/key" })).rejects.toThrow("The secret file /key may not be read by this user");
  });

  it.each([KEY, CUT_KEY, HEX_KEY, `${KEY}\n`])(
    "that stands where its variable's or file's name belongs is not repeated: %j",
    async (secret) => {
      for (const ref of [{ env: secret }, { file: secret.trim() }]) {
        const text = await refusal(ref);
        expect(text).not.toContain(secret.trim());
        expect(text).toContain("Put the name of the variable or file into the configuration");
      }
    },
  );

  it("may be in a variable with an odd name, which is shown unless it looks like a key", async () => {
    expect(
      await read({ env: "myApplicationEncryptionKey2024" }, { myApplicationEncryptionKey2024: "x" }),
    ).toBe("x");
    for (const name of ["APP_ENCRYPTION_KEY_2024", "app_encryption_key_old_2", "oldKey", "K"]) {
      expect(await refusal({ env: name })).toContain(`${name} is not set`);
    }
  });

  it("in a file that every user may read is warned of, once a file", async () => {
    warnings.length = 0;
    const readTwice = reader();
    await readTwice({ file: "key" });
    expect(warnings).toEqual([]);
    await readTwice({ file: "open" });
    await readTwice({ file: "open" });
    expect(warnings).toEqual([
      expect.stringMatching(/open may be read by every user of this host; chmod 600/),
    ]);
    expect(warnings[0]).not.toContain(KEY);
  });
});
