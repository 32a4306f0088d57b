import { RekeyError } from "@cassandra-rekey/core";
import { ManualClock, MemoryStateStore, SeededRandom } from "@cassandra-rekey/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordKeys } from "../../src/keyring/record-keys.ts";
import { splitRing } from "../../src/planner/split-ring.ts";
import { PluginProject } from "../plugins/plugin-project.ts";
import { recordedParts } from "../plugins/recording-parts.ts";
import { planned } from "../simulated-job.ts";

const CONFIG = `cluster: { contact_points: [a], keyspace: ks }
keys:
  target: { provider: rec, version: v2 }
  previous: [{ provider: rec, version: v1, secret: { env: OLD } }]
tables: [{ name: users, encrypted_columns: [email] }]
`;

const never = new AbortController().signal;

describe("whoever plans a job", () => {
  let project: PluginProject;
  beforeAll(async () => {
    project = await PluginProject.create();
  });
  afterAll(() => project[Symbol.asyncDispose]());

  /** Plans a job where the keys are those of `env`, and tells how that ended and what became of the keys. */
  async function record(
    env: Record<string, string>,
    prepare: (store: MemoryStateStore) => unknown = () => {},
  ) {
    const { parts, config, said } = await recordedParts(project, CONFIG, env);
    const [clock, random] = [new ManualClock(), new SeededRandom(1)];
    const store = new MemoryStateStore(clock, random);
    await store.createJob(planned("j", splitRing(1)), never);
    await prepare(store);
    const { settings } = config;
    const tools = { clock, random };
    const recording = recordKeys({ settings, parts, tools, store, names: ["keys"], host: "a" }, "j", never);
    const end = await recording.catch((error: unknown) => (error as RekeyError).code);
    return { end, left: said.filter((line) => line.startsWith("closed")) };
  }

  const CLOSED = ["closed key v1 previous", "closed key v2 target"];

  it("need not have the keys: that is told of, and what was opened is closed", async () => {
    expect(await record({})).toEqual({
      end: [
        "the keys could not be compared with those of other hosts here (CONFIG.SECRET_MISSING); `run` does so before it begins",
      ],
      left: ["closed key v2 target"],
    });
  });

  it("is told of keys that cannot be compared", async () => {
    const { end, left } = await record({ OLD: "secret" });
    expect(end).toHaveLength(2);
    expect(left).toEqual(CLOSED);
  });

  it("is refused with other keys than the job's, and where the state store fails", async () => {
    const known = { keyring: "keys", version: "v2", sealed: "b3RoZXI=", host: "b" };
    const others = await record({ OLD: "secret" }, (store) => store.keepKeyChecks("j", [known], never));
    expect(others).toEqual({ end: "KEY.MISMATCH", left: CLOSED });
    const broken = await record({ OLD: "secret" }, (store) => {
      store.beforeCall = () => Promise.reject(new RekeyError("STATE.CORRUPT", "made up"));
    });
    expect(broken).toEqual({ end: "STATE.CORRUPT", left: CLOSED });
  });
});
