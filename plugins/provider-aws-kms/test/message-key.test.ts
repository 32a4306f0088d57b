import { buildEncrypt } from "@aws-crypto/encrypt-node";
import { AlgorithmSuiteIdentifier, CommitmentPolicy } from "@aws-crypto/material-management-node";
import { openTexts as open, sealTexts as seal } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import { useAwsServer } from "./aws-server.ts";
import { messageKeyring } from "./message-keyring.ts";
import { openKey } from "./open-key.ts";

const aws = useAwsServer();
const FORMAT = { format: "aws-encryption-sdk" };

const { ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY: UNSIGNED, ALG_AES256_GCM_IV12_TAG16: FIRST_SUITE } =
  AlgorithmSuiteIdentifier;

/** A message of the AWS Encryption SDK itself; signed, as it does when it is not told otherwise. */
async function message(
  key: ReturnType<typeof aws.newKey>,
  text: string,
  options: { suiteId?: AlgorithmSuiteIdentifier; encryptionContext?: Record<string, string> } = {},
): Promise<Uint8Array> {
  const policy =
    options.suiteId === FIRST_SUITE
      ? CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
      : CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT;
  const { encrypt } = buildEncrypt(policy);
  return (await encrypt(messageKeyring(aws.server, key), Buffer.from(text), options)).result;
}

function reader(key: ReturnType<typeof aws.newKey>, more: object = {}) {
  return openKey({ ...aws.for(key), ...FORMAT, ...more }, { use: "previous" });
}

describe("a key that reads messages of the AWS Encryption SDK", () => {
  it("opens signed, unsigned and first-version messages of any size, good ones among bad", async () => {
    const key = aws.newKey();
    await using opener = await reader(key);
    const long = "long ".repeat(5000);
    const sealed = [
      await message(key, "signed"),
      Buffer.from("plain text"),
      await message(key, "unsigned", { suiteId: UNSIGNED }),
      await message(aws.newKey(), "another key's", { suiteId: UNSIGNED }),
      await message(key, "of the first version", { suiteId: FIRST_SUITE }),
      await message(key, "", { suiteId: UNSIGNED }),
      new Uint8Array(0),
      await message(key, long, { suiteId: UNSIGNED }),
    ];
    expect(await open(opener, sealed)).toEqual([
      "signed",
      "<not-this-format>",
      "unsigned",
      "<not-authentic>",
      "of the first version",
      "",
      "<not-this-format>",
      long,
    ]);
    expect(sealed.map((each) => opener.identify!(each))).toEqual([
      "unknown",
      "foreign",
      "unknown",
      "unknown",
      "unknown",
      "unknown",
      "foreign",
      "unknown",
    ]);
  });

  it("refuses every change, every shortening, and what is added to a signed message", async () => {
    const key = aws.newKey();
    await using opener = await reader(key);
    const unsigned = await message(key, "attack at dawn", { suiteId: UNSIGNED });
    const changed = Array.from(unsigned, (byte, at) => unsigned.with(at, byte ^ 1));
    const cut = Array.from(unsigned, (_, length) => unsigned.slice(0, length));
    for (const result of await open(opener, [...changed, ...cut])) expect(result).toMatch(/^<.*>$/);
    const signed = await message(key, "attack at dawn");
    const grown = [Uint8Array.of(...signed, 0), Uint8Array.of(...signed, ...signed)];
    for (const result of await open(opener, grown)) expect(result).toMatch(/^<.*>$/);
  });

  it("asks KMS once for cells that share a data key, never for messages of other keys", async () => {
    const key = aws.newKey();
    await using opener = await reader(key);
    const one = await message(key, "x", { suiteId: UNSIGNED });
    const foreign = await message(aws.newKey(), "y", { suiteId: UNSIGNED });
    aws.server.calls.clear();
    await open(opener, [one, foreign, one, one]);
    await open(opener, [one]);
    expect(aws.server.calls.of("Decrypt")).toBe(1);
    expect(opener.usage!().calls).toBe(1);
  });

  it("wants the encryption context that is configured, and lets messages hold more", async () => {
    const key = aws.newKey();
    await using opener = await reader(key, { encryption_context: { table: "{keyspace}.{table}" } });
    const encryptionContext = { table: "shop.customer", more: "of it" };
    const sealed = await message(key, "x", { suiteId: UNSIGNED, encryptionContext });
    expect(await open(opener, [sealed])).toEqual(["x"]);
    expect(await open(opener, [sealed], { table: "orders" })).toEqual(["<not-authentic>"]);
    expect(await open(opener, [await message(key, "y", { suiteId: UNSIGNED })])).toEqual(["<not-authentic>"]);
  });

  it("opens messages from the other regions of a multi-region key", async () => {
    const primary = aws.server.keys.create("eu-west-1", { multiRegion: true });
    const replica = aws.server.keys.replicate(primary, "us-east-2");
    await using opener = await reader(primary, { region: "us-east-2" });
    const sealed = [
      await message(primary, "from Ireland", { suiteId: UNSIGNED }),
      await message(replica, "from Ohio", { suiteId: UNSIGNED }),
    ];
    expect(await open(opener, sealed)).toEqual(["from Ireland", "from Ohio"]);
  });

  it("passes on what KMS says of itself, and obeys its signal", async () => {
    const key = aws.newKey();
    await using opener = await reader(key, { max_attempts: 1 });
    const sealed = await message(key, "x", { suiteId: UNSIGNED });
    const end = aws.server.fault({ kind: "unavailable" });
    await expect(open(opener, [sealed])).rejects.toMatchObject({ code: "KEY.UNAVAILABLE" });
    end();
    const hanging = aws.server.fault({ kind: "hang" });
    const controller = new AbortController();
    const opening = open(opener, [sealed], {}, controller.signal);
    controller.abort(new Error("enough"));
    await expect(opening).rejects.toThrow("enough");
    hanging();
    expect(await open(opener, [sealed])).toEqual(["x"]);
  });

  it("only reads", async () => {
    const key = aws.newKey();
    await expect(openKey({ ...aws.for(key), ...FORMAT })).rejects.toMatchObject({ code: "CONFIG.INVALID" });
    await using opener = await reader(key);
    await expect(seal(opener, ["x"])).rejects.toMatchObject({ code: "CONFIG.INVALID" });
    await opener[Symbol.asyncDispose]();
    await expect(open(opener, [Buffer.of(1)])).rejects.toMatchObject({ code: "INTERNAL.INVARIANT" });
  });
});
