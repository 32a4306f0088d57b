import { type EncryptionKey, type KeyCheck, type KeyUsage, RekeyError } from "@cassandra-rekey/core";
import { ManualClock, MemoryStateStore, SeededRandom } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import { agreeOnKeys } from "../../src/keyring/key-checks.ts";
import { Keyrings } from "../../src/keyring/keyrings.ts";
import { splitRing } from "../../src/planner/split-ring.ts";
import { nextSweep } from "../../src/sweeps/sweep-chain.ts";
import { planned } from "../simulated-job.ts";
import { relabelled, testKey } from "../test-keys.ts";

const never = new AbortController().signal;

/** A planned job, and hosts that come to it with keys of their own. */
async function openJob() {
  const store = new MemoryStateStore(new ManualClock(), new SeededRandom(1));
  await store.createJob(planned("j", splitRing(2)), never);
  const join = (host: string, target: EncryptionKey, previous: EncryptionKey[], named = {}) => {
    const keyrings = new Keyrings({ target, previous }, new Map(Object.entries(named)));
    const names = ["keys", ...Object.keys(named)];
    return agreeOnKeys({ store, keyrings, names, host }, "j", never);
  };
  const known = async () =>
    (await store.keyChecks("j", never)).map(({ keyring, version, host }) => `${keyring} ${version} ${host}`);
  return { store, join, known };
}

/** Another key under the label of the usual one. */
const other = (version: string) => relabelled(testKey("other"), version);

/** A key of a key service: its calls are noted, and fail as they are told. */
function watched(key: EncryptionKey, failures: { encrypt?: RekeyError; decrypt?: RekeyError } = {}) {
  const calls: string[] = [];
  const watching: EncryptionKey = {
    ...key,
    usage: () => ({}) as KeyUsage,
    async encrypt(batch, signal) {
      calls.push("encrypt");
      if (failures.encrypt) throw failures.encrypt;
      return key.encrypt(batch, signal);
    },
    async decrypt(batch, signal) {
      calls.push("decrypt");
      if (failures.decrypt) throw failures.decrypt;
      return key.decrypt(batch, signal);
    },
  };
  return { key: watching, calls };
}

const REFUSED = new RekeyError("KEY.REFUSED", "no permission");

describe("the keys of a job", () => {
  it("are known from the first process that has them, and agree with the same keys elsewhere", async () => {
    const { join, known } = await openJob();
    expect(await join("a", testKey("v2"), [testKey("v1")])).toEqual([]);
    expect(await join("b", testKey("v2"), [testKey("v1")])).toEqual([]);
    expect(await known()).toEqual(["keys v2 a", "keys v1 a"]);
  });

  it("are refused where one label stands for another key, by its name, both hosts and what to do", async () => {
    const { join, known } = await openJob();
    await join("a", testKey("v2"), [testKey("v1")]);
    const error = await join("b", other("v2"), [testKey("v1")]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "KEY.MISMATCH",
      message: "key v2 on b is not the key v2 that job j has from a",
      hint: expect.stringContaining("give this one the same key"),
    });
    await expect(join("b", other("v2"), [other("v1"), testKey("v0")])).rejects.toMatchObject({
      problems: [expect.stringContaining("key v2 on b"), expect.stringContaining("key v1 on b")],
    });
    expect(await known()).toEqual(["keys v2 a", "keys v1 a"]);
  });

  it("are told apart by keyring", async () => {
    const { join } = await openJob();
    const cards = (key: EncryptionKey) => ({ cards: { target: key, previous: [] } });
    await join("a", testKey("v2"), [], cards(other("v2")));
    await expect(join("b", testKey("v2"), [], cards(other("v2")))).resolves.toEqual([]);
    await expect(join("b", testKey("v2"), [], cards(testKey("v2")))).rejects.toMatchObject({
      message: "key v2 of keyring cards on b is not the key v2 of keyring cards that job j has from a",
    });
  });

  it("may be more or fewer on another host, which adds those that only it has", async () => {
    const { join, known } = await openJob();
    await join("a", testKey("v2"), [testKey("v1")]);
    await join("b", testKey("v2"), [testKey("v0")]);
    expect(await known()).toEqual(["keys v2 a", "keys v1 a", "keys v0 b"]);
    await expect(join("c", testKey("v2"), [other("v0")])).rejects.toMatchObject({ code: "KEY.MISMATCH" });
  });

  it("are compared once more when another process was faster", async () => {
    const { store, join } = await openJob();
    const rival: KeyCheck[] = [];
    const late = Object.assign(Object.create(store) as MemoryStateStore, {
      keyChecks: async () => [],
      keepKeyChecks: store.keepKeyChecks.bind(store),
    });
    await join("a", other("v2"), []);
    rival.push(...(await store.keyChecks("j", never)));
    const keyrings = new Keyrings({ target: testKey("v2"), previous: [] });
    await expect(
      agreeOnKeys({ store: late, keyrings, names: ["keys"], host: "b" }, "j", never),
    ).rejects.toMatchObject({ code: "KEY.MISMATCH" });
    expect(await store.keyChecks("j", never)).toEqual(rival);
  });

  it("cost a key service one call for each key and process", async () => {
    const { join } = await openJob();
    const [first, later] = [watched(testKey("v2")), watched(testKey("v2"))];
    await join("a", first.key, []);
    await join("b", later.key, []);
    expect([first.calls, later.calls]).toEqual([["encrypt"], ["decrypt"]]);
  });

  it("that only open are left out, and told of: by their service, or because they seal to anything", async () => {
    const { join, known } = await openJob();
    const noSealing = watched(testKey("v1"), { encrypt: REFUSED });
    const nonsense: EncryptionKey = { ...testKey("v0"), encrypt: async () => [Buffer.from("nothing")] };
    expect(await join("a", testKey("v2"), [noSealing.key, nonsense])).toEqual([
      "whether other hosts have the same key v1 cannot be checked (KEY.REFUSED)",
      "whether other hosts have the same key v0 cannot be checked (KEY.CONTRACT)",
    ]);
    expect(await known()).toEqual(["keys v2 a"]);
  });

  it("that a service refuses to open with by now are told of, and keep nobody from going on", async () => {
    const { join } = await openJob();
    await join("a", testKey("v2"), [testKey("v1")]);
    const disabled = watched(testKey("v1"), { decrypt: REFUSED });
    expect(await join("b", testKey("v2"), [disabled.key])).toEqual([
      "whether other hosts have the same key v1 cannot be checked (KEY.REFUSED)",
    ]);
  });

  it("are not decided about while a service does not answer", async () => {
    const { join, known } = await openJob();
    const away = new RekeyError("KEY.UNAVAILABLE", "no answer");
    const { key } = watched(testKey("v1"), { encrypt: away });
    await expect(join("a", testKey("v2"), [key])).rejects.toBe(away);
    expect(await known()).toEqual([]);
  });

  it("that do not encrypt agree among themselves, whatever their options, and with no key that does", async () => {
    const plain = (version: string): EncryptionKey => ({
      ...watched(testKey(version), { encrypt: REFUSED, decrypt: REFUSED }).key,
      authenticates: false,
      writes: "verbatim",
    });
    const { join } = await openJob();
    await join("a", testKey("v2"), [plain("p")]);
    await expect(join("b", testKey("v2"), [plain("p")])).resolves.toEqual([]);
    await expect(join("b", testKey("v2"), [testKey("p")])).rejects.toMatchObject({ code: "KEY.MISMATCH" });
    await expect(join("b", plain("v2"), [])).rejects.toMatchObject({ code: "KEY.MISMATCH" });
  });

  it("are known to the sweeps behind it", async () => {
    const { store, join } = await openJob();
    await join("a", testKey("v2"), [testKey("v1")]);
    const sweep = await nextSweep(store, (await store.job("j", never))!, never);
    expect(await store.keyChecks(sweep.id, never)).toEqual(await store.keyChecks("j", never));
  });

  it("are in no clear text in what the job knows", async () => {
    const { store, join } = await openJob();
    await join("a", testKey("v2"), []);
    const [check] = await store.keyChecks("j", never);
    expect(Object.keys(check!)).toEqual(["keyring", "version", "sealed", "host"]);
    expect(Buffer.from(check!.sealed, "base64").toString("latin1")).toMatch(/^.v2\|1\|/su);
  });
});
