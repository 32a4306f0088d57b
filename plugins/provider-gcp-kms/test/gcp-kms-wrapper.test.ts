import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { keyContext, openTexts as open, sealTexts as seal } from "@cassandra-rekey/testkit";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { GcpKmsWrapper } from "../src/gcp-kms-wrapper.ts";
import type { KmsCalls } from "../src/kms-calls.ts";
import { useGcpServer } from "./gcp-server.ts";
import { openKey } from "./open-key.ts";

const gcp = useGcpServer();
const NEVER = new AbortController().signal;

describe("versions of a key", () => {
  it("the primary version encrypts, whichever it is now; all are read", async () => {
    const key = gcp.newKey();
    await using before = await openKey(gcp.for(key));
    const first = await seal(before, ["first"]);
    key.primary = gcp.server.keys.addVersion(key);
    await using after = await openKey(gcp.for(key));
    const second = await seal(after, ["second"]);
    // The server's wrapped keys begin with the number of their version.
    expect([first, second].map(([cell]) => Buffer.from(cell!).readUInt32BE(14))).toEqual([1, 2]);
    expect(await open(after, [...first, ...second])).toEqual(["first", "second"]);
  });

  it("a pinned version encrypts, and is another key than the one that is not pinned", async () => {
    const key = gcp.newKey();
    const pinned = gcp.server.keys.addVersion(key);
    await using floating = await openKey(gcp.for(key));
    await using target = await openKey(gcp.for(pinned));
    const [cell] = await seal(target, ["x"]);
    expect(Buffer.from(cell!).readUInt32BE(14)).toBe(2);
    expect(await open(target, [cell!])).toEqual(["x"]);
    expect(floating.identify!(cell!)).toBe("foreign");
    const [old] = await seal(floating, ["y"]);
    expect(target.identify!(old!)).toBe("foreign");
  });
});

describe("calls to KMS", () => {
  it("one data key for a page of cells, and none for the next", async () => {
    await using subject = await openKey(gcp.for(gcp.newKey()));
    gcp.server.calls.clear();
    const page = Array.from({ length: 2000 }, (_, index) => `cell ${index}`);
    const sealed = [...(await seal(subject, page)), ...(await seal(subject, page))];
    expect(await open(subject, sealed)).toEqual([...page, ...page]);
    expect(gcp.server.calls.of("Encrypt")).toBe(1);
    expect(gcp.server.calls.of("Decrypt")).toBe(1);
    expect(subject.usage!()).toEqual({
      calls: 2,
      cellsPerCall: 32_768,
      price: { per10000: 0.03, currency: "USD", source: expect.stringContaining("cloud.google.com") },
    });
  });

  it("write nothing to the client's own log, which would hold data keys", async () => {
    const key = gcp.newKey();
    // The log is set up when the client is imported, so it takes a process of its own.
    const script = `
      const { openKey } = await import(${JSON.stringify(import.meta.resolve("./open-key.ts"))});
      const { openTexts, sealTexts } = await import(${JSON.stringify(import.meta.resolve("@cassandra-rekey/testkit"))});
      await using key = await openKey(${JSON.stringify(gcp.for(key))});
      console.log(await openTexts(key, await sealTexts(key, ["in use"])));`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      env: { ...process.env, GOOGLE_SDK_NODE_LOGGING: "all" },
    });
    const [out, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(out).toContain("in use");
    expect(complaints).not.toMatch(/crypt re(quest|sponse)/);
  });
});

describe("checksums", () => {
  const reply = async (answer: object) => {
    const calls = { encrypt: async () => answer, decrypt: async () => answer } as unknown as KmsCalls;
    const { random } = keyContext();
    return new GcpKmsWrapper({ calls, random, keyName: "projects/p/cryptoKeys/k", version: "v1" });
  };

  it.each([
    ["missing", { plaintext: Buffer.alloc(32) }],
    ["empty", { plaintext: Buffer.alloc(32), plaintextCrc32c: { value: null } }],
    ["another's", { plaintext: Buffer.alloc(32), plaintextCrc32c: { value: "1" } }],
  ])("a plaintext whose checksum is %s is not used, and is wiped", async (_, answer) => {
    answer.plaintext.fill(7);
    const wrapper = await reply(answer);
    await expect(wrapper.unwrap(Buffer.of(1), {}, NEVER)).rejects.toMatchObject({ code: "KEY.UNAVAILABLE" });
    expect(answer.plaintext.every((byte) => byte === 0)).toBe(true);
  });

  it("what the service did not verify is not used", async () => {
    const sealed = { ciphertext: Buffer.of(1), ciphertextCrc32c: { value: "2684412305" } };
    for (const missing of ["verifiedPlaintextCrc32c", "verifiedAdditionalAuthenticatedDataCrc32c"]) {
      const all = { verifiedPlaintextCrc32c: true, verifiedAdditionalAuthenticatedDataCrc32c: true };
      const wrapper = await reply({ ...sealed, ...all, [missing]: false });
      await expect(wrapper.generate({}, NEVER)).rejects.toThrow("the request was damaged");
    }
  });

  it("a request that arrived damaged is sent again, not taken for another key's cell", async () => {
    const answer = Promise.reject({ code: status.INVALID_ARGUMENT, message: "The checksum does not match." });
    answer.catch(() => {});
    const calls = { decrypt: () => answer } as unknown as KmsCalls;
    const parts = { calls, random: keyContext().random, keyName: "projects/p/cryptoKeys/k", version: "v1" };
    const unwrapping = new GcpKmsWrapper(parts).unwrap(Buffer.of(1), {}, NEVER);
    await expect(unwrapping).rejects.toMatchObject({ code: "KEY.UNAVAILABLE" });
  });
});
