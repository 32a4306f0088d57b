import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { EncryptionKey } from "@cassandra-rekey/core";
import { openTexts as open, sealTexts as seal } from "@cassandra-rekey/testkit";
import type { GcpKey } from "@cassandra-rekey/testkit/gcp-kms";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { useGcpServer } from "./gcp-server.ts";
import { openKey } from "./open-key.ts";

const gcp = useGcpServer();
const PLAINTEXT = "a plaintext that must not show";

/** A key that has sealed a cell and forgotten its data keys. */
let key: GcpKey;
let sealed: readonly Uint8Array[];

function fresh(more: object = {}): Promise<EncryptionKey> {
  return openKey({ ...gcp.for(key), ...more });
}

beforeEach(async () => {
  key = gcp.newKey();
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
    for (const secret of [PLAINTEXT, ...gcp.server.calls.dataKeys.map(hex), hex(sealed[0]!)])
      expect(all.includes(secret)).toBe(false);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe("what passes by itself holds the job back", () => {
  it.each([
    ["throttled", /is throttled \(RESOURCE_EXHAUSTED\)/],
    ["unavailable", /failed for now \(UNAVAILABLE\)/],
    ["corrupt", /the reply was damaged on its way \(crc32c\)/],
  ] as const)("%s", async (kind, message) => {
    await using subject = await fresh();
    const end = gcp.server.fault({ kind });
    const expected = { code: "KEY.UNAVAILABLE", retryable: true, message: expect.stringMatching(message) };
    await bothReject(subject, expected);
    end();
    expect(await open(subject, sealed)).toEqual([PLAINTEXT]);
  });

  it.each(["throttled", "unavailable"] as const)("%s, for as long as the service asks", async (kind) => {
    await using subject = await fresh();
    const end = gcp.server.fault({ kind, retryAfterMs: 12_345 });
    await bothReject(subject, { code: "KEY.UNAVAILABLE", retryAfterMs: 12_345 });
    end();
    gcp.server.fault({ kind }, { times: 1 });
    await expect(seal(subject, ["x"])).rejects.toMatchObject({ retryAfterMs: undefined });
  });

  it("the service is away, and comes back", async () => {
    await using subject = await fresh();
    await gcp.server.stop();
    await bothReject(subject, { code: "KEY.UNAVAILABLE", retryable: true });
    await gcp.server.resume();
    await expect.poll(() => open(subject, sealed).catch(() => "away")).toEqual([PLAINTEXT]);
    expect(await open(subject, await seal(subject, ["again"]))).toEqual(["again"]);
  });

  it("the service does not answer: each call has a deadline", async () => {
    // Many times what a call takes that is answered, on a busy machine as well.
    await using subject = await fresh({ timeout_ms: 1_000 });
    const end = gcp.server.fault({ kind: "hang" });
    const message = expect.stringMatching(/1000 ms|DEADLINE_EXCEEDED/);
    await bothReject(subject, { code: "KEY.UNAVAILABLE", message });
    end();
    expect(await open(subject, sealed)).toEqual([PLAINTEXT]);
  });
});

describe("what stays until somebody acts stops the job, with the key named and the console action", () => {
  it.each([
    ["DISABLED", /is DISABLED/, /version 1: Enable; then/],
    ["DESTROY_SCHEDULED", /is DESTROY_SCHEDULED/, /version 1: Restore/],
  ] as const)("%s", async (state, message, hint) => {
    await using subject = await fresh();
    key.primary.state = state;
    await bothReject(subject, {
      code: "KEY.REFUSED",
      retryable: false,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    await expect(seal(subject, ["x"])).rejects.toThrow(`${key.name}/cryptoKeyVersions/1`);
  });

  it("a version that was destroyed: nothing is written, and its cells are nobody's, among others that open", async () => {
    await using subject = await fresh();
    key.primary.state = "DESTROYED";
    await expect(seal(subject, ["x"])).rejects.toMatchObject({
      code: "KEY.REFUSED",
      message: expect.stringContaining("is DESTROYED"),
      hint: expect.stringContaining("cannot be brought back"),
    });
    key.primary = gcp.server.keys.addVersion(key);
    const [later] = await seal(subject, ["later"]);
    expect(await open(subject, [...sealed, later!])).toEqual(["<corrupt>", "later"]);
  });

  it("no permission", async () => {
    await using subject = await fresh();
    const end = gcp.server.fault({ kind: "forbidden" });
    await bothReject(subject, {
      code: "KEY.REFUSED",
      message: expect.stringContaining("no permission"),
      hint: expect.stringMatching(/useTo(Encrypt|Decrypt)\)/),
    });
    end();
  });

  it("no such key", async () => {
    await using subject = await fresh({ key_name: `${key.name}-none` });
    const message = expect.stringContaining("no such key");
    await expect(seal(subject, ["x"])).rejects.toMatchObject({ code: "KEY.REFUSED", message });
  });

  it("no credentials, told at the start and within the deadline", async () => {
    vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", "/none.json");
    onTestFinished(() => void vi.unstubAllEnvs());
    const opening = openKey({ key_name: key.name, timeout_ms: 5000 });
    await expect(opening).rejects.toMatchObject({
      code: "KEY.REFUSED",
      message: expect.stringContaining("no Google credentials"),
      hint: expect.stringContaining("GOOGLE_APPLICATION_CREDENTIALS"),
    });
  });
});

it("credentials that do not come are waited for no longer than a call may last", async () => {
  const metadata = createServer(() => {});
  await new Promise<void>((resolve) => metadata.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    metadata.closeAllConnections();
    metadata.close();
    vi.unstubAllEnvs();
  });
  vi.stubEnv("GCE_METADATA_HOST", `127.0.0.1:${(metadata.address() as AddressInfo).port}`);
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", "");
  vi.stubEnv("HOME", "/none");
  vi.stubEnv("CLOUDSDK_CONFIG", "/none");
  await expect(openKey({ key_name: key.name, timeout_ms: 300 })).rejects.toMatchObject({
    code: "KEY.UNAVAILABLE",
    hint: expect.stringContaining("metadata"),
  });
});

describe("what says something about one cell is an answer", () => {
  it("another context; another key's wrapped data key; changed bytes", async () => {
    const key_context = { table: "{table}" };
    await using bound = await fresh({ key_context });
    const cells = await seal(bound, ["bound"]);
    await using again = await fresh({ key_context });
    expect(await open(again, cells, { table: "orders" })).toEqual(["<not-authentic>"]);
    expect(await open(again, cells)).toEqual(["bound"]);
    const changed = cells[0]!.with(40, cells[0]![40]! ^ 1);
    expect(await open(again, [changed, cells[0]!])).toEqual(["<not-authentic>", "bound"]);
  });
});

it("a call under way ends with its signal", async () => {
  await using subject = await fresh();
  const end = gcp.server.fault({ kind: "hang" });
  const controller = new AbortController();
  const calls = [seal(subject, ["x"], {}, controller.signal), open(subject, sealed, {}, controller.signal)];
  await expect.poll(() => gcp.server.hanging).toBe(2);
  controller.abort(new Error("enough"));
  for (const call of calls) await expect(call).rejects.toThrow("enough");
  // Not only the promise: nothing goes on underneath.
  await expect.poll(() => gcp.server.hanging).toBe(0);
  end();
  expect(await open(subject, sealed)).toEqual([PLAINTEXT]);
});
