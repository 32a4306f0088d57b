import type { EncryptionKey } from "@cassandra-rekey/core";
import { openTexts as open, sealTexts as seal } from "@cassandra-rekey/testkit";
import type { AwsKey } from "@cassandra-rekey/testkit/aws-kms";
import { beforeEach, describe, expect, it } from "vitest";
import { useAwsServer } from "./aws-server.ts";
import { openKey } from "./open-key.ts";

const aws = useAwsServer();
const PLAINTEXT = "a plaintext that must not show";

/** A key that has sealed a cell and forgotten its data keys. */
let key: AwsKey;
let sealed: readonly Uint8Array[];

function fresh(more: object = {}): Promise<EncryptionKey> {
  return openKey({ ...aws.for(key), max_attempts: 1, ...more });
}

beforeEach(async () => {
  key = aws.newKey();
  await using sealer = await fresh();
  sealed = await seal(sealer, [PLAINTEXT]);
});

/** Both directions reject alike; what they say gives nothing away. */
async function bothReject(subject: EncryptionKey, expected: object): Promise<void> {
  for (const call of [() => seal(subject, [PLAINTEXT]), () => open(subject, sealed)]) {
    const error = await call().then(
      () => expect.fail("must reject"),
      (reason: unknown) => reason as Error & { hint: string },
    );
    expect(error).toMatchObject(expected);
    const all = `${error.stack} ${error.message} ${error.hint} ${JSON.stringify(error)}`;
    for (const secret of [
      PLAINTEXT,
      "not-a-real-secret",
      ...aws.server.calls.dataKeys.map(hex),
      hex(sealed[0]!),
    ])
      expect(all.includes(secret)).toBe(false);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe("what passes by itself holds the job back", () => {
  it.each([
    ["throttled", /is throttled \(ThrottlingException, request [\w-]+\)/],
    ["unavailable", /failed for now \(KMSInternalException/],
    ["dropped", /failed for now \(ECONNRESET\)/],
  ] as const)("%s", async (kind, message) => {
    await using subject = await fresh();
    const end = aws.server.fault({ kind });
    await bothReject(subject, {
      code: "KEY.UNAVAILABLE",
      retryable: true,
      message: expect.stringMatching(message),
    });
    end();
    expect(await open(subject, sealed)).toEqual([PLAINTEXT]);
  });

  it.each(["throttled", "unavailable"] as const)("%s, for as long as the service asks", async (kind) => {
    await using subject = await fresh();
    const end = aws.server.fault({ kind, retryAfterMs: 12_500 });
    await bothReject(subject, { code: "KEY.UNAVAILABLE", retryAfterMs: 12_500 });
    end();
    aws.server.fault({ kind }, { times: 1 });
    await expect(seal(subject, ["x"])).rejects.toMatchObject({ retryAfterMs: undefined });
  });

  it("the service is away, and comes back", async () => {
    await using subject = await fresh();
    await aws.server.stop();
    await bothReject(subject, { code: "KEY.UNAVAILABLE", retryable: true });
    await aws.server.resume();
    expect(await open(subject, sealed)).toEqual([PLAINTEXT]);
    expect(await open(subject, await seal(subject, ["again"]))).toEqual(["again"]);
  });

  it("the service does not answer: each call has a deadline", async () => {
    // Many times what a call takes that is answered, on a busy machine as well.
    await using subject = await fresh({ timeout_ms: 1_000 });
    const end = aws.server.fault({ kind: "hang" });
    await bothReject(subject, {
      code: "KEY.UNAVAILABLE",
      message: expect.stringMatching(/1000 ms|TimeoutError/),
    });
    end();
    expect(await open(subject, sealed)).toEqual([PLAINTEXT]);
  });

  it("an attempt that hangs leaves time for another within the call", async () => {
    await using subject = await fresh({ timeout_ms: 4000, max_attempts: 2 });
    aws.server.fault({ kind: "hang" }, { times: 1 });
    expect(await open(subject, sealed)).toEqual([PLAINTEXT]);
  });

  it("one throttled attempt is made good within the call", async () => {
    await using subject = await fresh({ max_attempts: 2 });
    aws.server.fault({ kind: "throttled" }, { times: 1 });
    expect(await open(subject, sealed)).toEqual([PLAINTEXT]);
  });
});

describe("what stays until somebody acts stops the job, with the key named and the console action", () => {
  it.each([
    ["Disabled", /the key is disabled/, /Key actions > Enable/],
    ["PendingDeletion", /pending deletion/, /Cancel key deletion/],
  ] as const)("%s, in the middle and at the start", async (state, message, hint) => {
    await using subject = await fresh();
    key.state = state;
    const expected = {
      code: "KEY.REFUSED",
      retryable: false,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    };
    await bothReject(subject, expected);
    await expect(seal(subject, ["x"])).rejects.toThrow(key.arn);
    await expect(fresh()).rejects.toMatchObject(expected);
  });

  it("no permission", async () => {
    await using subject = await fresh();
    const end = aws.server.fault({ kind: "forbidden" });
    await bothReject(subject, {
      code: "KEY.REFUSED",
      message: expect.stringContaining("no permission"),
      hint: expect.stringMatching(/allow kms:(Decrypt|GenerateDataKey) to the role/),
    });
    end();
  });

  it("no such key or alias", async () => {
    const { arn } = aws.newKey();
    const missing = arn.replace(/[0-9a-f]{12}$/, "000000000000");
    for (const key_id of [missing, "alias/none"])
      await expect(fresh({ key_id, region: "eu-west-1" })).rejects.toMatchObject({
        code: "KEY.REFUSED",
        message: expect.stringContaining("no such key in this region"),
      });
  });
});

describe("what says something about one cell is an answer", () => {
  it("another key, another context, changed bytes", async () => {
    await using subject = await fresh({ format: "reference" });
    const [own] = await seal(subject, [PLAINTEXT]);
    await using other = await openKey({ ...aws.for(aws.newKey()), format: "reference" });
    const [foreign] = await seal(other, ["another's"]);
    const changed = own!.with(50, own![50]! ^ 1);
    expect(await open(subject, [foreign!, changed, own!, Buffer.from("not one at all")])).toEqual([
      "<not-authentic>",
      "<not-authentic>",
      PLAINTEXT,
      "<not-this-format>",
    ]);
    await using bound = await fresh({ encryption_context: { table: "{table}" } });
    const cells = await seal(bound, ["bound"]);
    expect(await open(bound, cells)).toEqual(["bound"]);
    await using again = await fresh({ encryption_context: { table: "{table}" } });
    expect(await open(again, cells, { table: "orders" })).toEqual(["<not-authentic>"]);
  });

  it("a data key that arrives changed opens nothing, and nothing gets written with it unseen", async () => {
    await using subject = await fresh();
    aws.server.fault({ kind: "corrupt" }, { times: 1 });
    expect(await open(subject, sealed)).toEqual(["<corrupt>"]);
    await using writer = await fresh();
    aws.server.fault({ kind: "corrupt" }, { operations: ["GenerateDataKey"], times: 1 });
    await expect(seal(writer, ["x"])).rejects.toMatchObject({
      code: "KEY.UNAVAILABLE",
      message: expect.stringContaining("damaged on its way"),
    });
    expect(await open(writer, await seal(writer, ["x"]))).toEqual(["x"]);
  });
});

it("a call under way ends with its signal", async () => {
  await using subject = await fresh();
  const end = aws.server.fault({ kind: "hang" });
  const controller = new AbortController();
  const calls = [seal(subject, ["x"], {}, controller.signal), open(subject, sealed, {}, controller.signal)];
  await expect.poll(() => aws.server.hanging).toBe(2);
  controller.abort(new Error("enough"));
  for (const call of calls) await expect(call).rejects.toThrow("enough");
  // Not only the promise: nothing goes on underneath.
  await expect.poll(() => aws.server.hanging).toBe(0);
  end();
  expect(await open(subject, sealed)).toEqual([PLAINTEXT]);
});
