import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  ReEncryptCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { AwsKmsServer } from "../../src/kms/aws/index.ts";

let server: AwsKmsServer;
const clients: KMSClient[] = [];

function client(region = "eu-west-1", more: object = {}): KMSClient {
  const made = new KMSClient({
    region,
    endpoint: server.url,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    ...more,
  });
  clients.push(made);
  return made;
}

async function newKey(kms = client()): Promise<string> {
  return (await kms.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
}

beforeAll(async () => {
  server = await AwsKmsServer.start();
});
afterEach(() => {
  for (const made of clients.splice(0)) made.destroy();
});
afterAll(() => server[Symbol.asyncDispose]());

describe("keys of the AWS KMS server", () => {
  it("make data keys that only they unwrap, by id, ARN and alias", async () => {
    const kms = client();
    const KeyId = await newKey(kms);
    await kms.send(new CreateAliasCommand({ AliasName: "alias/app", TargetKeyId: KeyId }));
    const made = await kms.send(new GenerateDataKeyCommand({ KeyId: "alias/app", KeySpec: "AES_256" }));
    expect(made.KeyId).toBe(KeyId);
    expect(made.Plaintext).toHaveLength(32);
    for (const name of [KeyId, KeyId.split("/")[1], "alias/app", undefined]) {
      const opened = await kms.send(
        new DecryptCommand({ CiphertextBlob: made.CiphertextBlob, ...(name && { KeyId: name }) }),
      );
      expect(Buffer.from(opened.Plaintext!)).toEqual(Buffer.from(made.Plaintext!));
    }
    const other = new DecryptCommand({ CiphertextBlob: made.CiphertextBlob, KeyId: await newKey(kms) });
    await expect(kms.send(other)).rejects.toMatchObject({ name: "IncorrectKeyException" });
  });

  it("bind to the encryption context, in any order", async () => {
    const kms = client();
    const KeyId = await newKey(kms);
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId, Plaintext: Buffer.from("x"), EncryptionContext: { a: "1", b: "2" } }),
    );
    const decrypt = (EncryptionContext?: Record<string, string>) =>
      kms.send(new DecryptCommand({ CiphertextBlob, ...(EncryptionContext && { EncryptionContext }) }));
    expect(Buffer.from((await decrypt({ b: "2", a: "1" })).Plaintext!).toString()).toBe("x");
    for (const context of [undefined, { a: "1" }, { a: "1", b: "3" }])
      await expect(decrypt(context)).rejects.toMatchObject({ name: "InvalidCiphertextException" });
  });

  it("refuse every change of a blob without a word", async () => {
    const kms = client();
    const KeyId = await newKey(kms);
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
    for (const at of [0, 1, 5, 60, CiphertextBlob!.length - 1]) {
      const changed = Uint8Array.from(CiphertextBlob!);
      changed[at]! ^= 1;
      const sent = kms.send(new DecryptCommand({ CiphertextBlob: changed, KeyId }));
      await expect(sent).rejects.toMatchObject({ name: "InvalidCiphertextException" });
    }
  });

  it("open what they wrapped before a rotation, and re-encrypt", async () => {
    const kms = client();
    const KeyId = await newKey(kms);
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
    await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    const old = await kms.send(new DecryptCommand({ CiphertextBlob, KeyId }));
    expect(Buffer.from(old.Plaintext!).toString()).toBe("x");
    const DestinationKeyId = await newKey(kms);
    const moved = await kms.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId }));
    expect(moved.KeyId).toBe(DestinationKeyId);
    const again = new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob, KeyId: DestinationKeyId });
    expect(Buffer.from((await kms.send(again)).Plaintext!).toString()).toBe("x");
  });

  it("do nothing while disabled or pending deletion", async () => {
    const kms = client();
    const KeyId = await newKey(kms);
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
    const calls = () => [
      kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256" })),
      kms.send(new DecryptCommand({ CiphertextBlob, KeyId })),
    ];
    const eachFails = async (name: string) => {
      for (const call of calls()) await expect(call).rejects.toMatchObject({ name });
    };
    await kms.send(new DisableKeyCommand({ KeyId }));
    await eachFails("DisabledException");
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
    await eachFails("KMSInvalidStateException");
    await kms.send(new CancelKeyDeletionCommand({ KeyId }));
    await eachFails("DisabledException");
    await kms.send(new EnableKeyCommand({ KeyId }));
    await Promise.all(calls());
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata).toMatchObject({ KeyState: "Enabled", KeySpec: "SYMMETRIC_DEFAULT" });
  });

  it("stay in their region, except for multi-region keys", async () => {
    const [ireland, ohio] = [client("eu-west-1"), client("us-east-2")];
    const one = await newKey(ireland);
    const plain = await ireland.send(new EncryptCommand({ KeyId: one, Plaintext: Buffer.from("x") }));
    const elsewhere = ohio.send(new DecryptCommand({ CiphertextBlob: plain.CiphertextBlob }));
    await expect(elsewhere).rejects.toMatchObject({ name: "InvalidCiphertextException" });

    const made = await ireland.send(new CreateKeyCommand({ MultiRegion: true }));
    const { KeyId, Arn } = made.KeyMetadata!;
    await ireland.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: "us-east-2" }));
    const { CiphertextBlob } = await ireland.send(
      new EncryptCommand({ KeyId: Arn, Plaintext: Buffer.from("y") }),
    );
    const opened = await ohio.send(new DecryptCommand({ CiphertextBlob, KeyId }));
    expect(Buffer.from(opened.Plaintext!).toString()).toBe("y");
    expect(opened.KeyId).toContain("us-east-2");
  });
});

describe("faults of the AWS KMS server", () => {
  it.each([
    ["throttled", { name: "ThrottlingException" }],
    ["unavailable", { name: "KMSInternalException" }],
    ["forbidden", { name: "AccessDeniedException" }],
    ["dropped", { code: "ECONNRESET" }],
  ] as const)("%s", async (kind, error) => {
    const kms = client();
    const KeyId = await newKey(kms);
    const end = server.fault({ kind }, { operations: ["DescribeKey"] });
    await expect(kms.send(new DescribeKeyCommand({ KeyId }))).rejects.toMatchObject(error);
    await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
    end();
    await kms.send(new DescribeKeyCommand({ KeyId }));
  });

  it("are met as often as was asked for, and retries are counted as calls", async () => {
    const kms = client("eu-west-1", { maxAttempts: 3 });
    const KeyId = await newKey(kms);
    server.calls.clear();
    server.fault({ kind: "throttled" }, { times: 2 });
    await kms.send(new DescribeKeyCommand({ KeyId }));
    expect(server.calls.of("DescribeKey")).toBe(3);
  });

  it("hang until the caller leaves; an answer that is late comes all the same", async () => {
    const kms = client();
    const KeyId = await newKey(kms);
    const end = server.fault({ kind: "hang" });
    const controller = new AbortController();
    const sent = kms.send(new DescribeKeyCommand({ KeyId }), { abortSignal: controller.signal });
    controller.abort();
    await expect(sent).rejects.toMatchObject({ name: "AbortError" });
    end();
    server.fault({ kind: "slow", ms: 20 }, { times: 1 });
    await kms.send(new DescribeKeyCommand({ KeyId }));
  });

  it("change the bytes of an answer", async () => {
    const kms = client();
    const KeyId = await newKey(kms);
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }));
    server.fault({ kind: "corrupt" }, { times: 1 });
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob, KeyId }));
    expect(Buffer.from(Plaintext!).toString()).toBe("y");
  });

  it("take the service away and bring it back at the same place, keys and all", async () => {
    const kms = client();
    const KeyId = await newKey(kms);
    await server.stop();
    await expect(kms.send(new DescribeKeyCommand({ KeyId }))).rejects.toMatchObject({
      code: expect.stringMatching(/^ECONN(REFUSED|RESET)$/),
    });
    await server.resume();
    await kms.send(new DescribeKeyCommand({ KeyId }));
  });
});
