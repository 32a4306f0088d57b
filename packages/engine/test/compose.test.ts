// tsyringe needs it before it is loaded.
import "reflect-metadata";
import type { CellSink, CellSource, StateStore } from "@cassandra-rekey/core";
import { isRekeyError, RekeyError, simpleKey, TOKENS } from "@cassandra-rekey/core";
import { container as root } from "tsyringe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { composeRun, type Override } from "../src/compose.ts";
import { Keyrings } from "../src/keyring/keyrings.ts";
import { systemClock } from "../src/system-clock.ts";
import { systemRandom } from "../src/system-random.ts";
import { PluginProject } from "./plugins/plugin-project.ts";
import { type RecordedParts, recordedParts } from "./plugins/recording-parts.ts";
import { CONTEXT, sealedCell, testKey } from "./test-keys.ts";

const CONFIG = `cluster: { contact_points: [a], keyspace: ks }
state: { type: rec }
keys:
  target: { provider: rec, version: v3 }
  previous: [{ provider: rec, version: v2 }, { provider: rec, version: v1 }]
tables: [{ name: t, encrypted_columns: [c] }]
throttles: [{ type: rec }]
hooks: [{ type: rec }]
`;
const MADE = [
  "made key v3 target",
  "made key v2 previous",
  "made key v1 previous",
  "made throttle",
  "made hook",
];
const CLOSED = [
  "closed hook",
  "closed throttle",
  "closed key v1 previous",
  "closed key v2 previous",
  "closed key v3 target",
];

const NEVER = new AbortController().signal;

describe("composing a run", () => {
  let project: PluginProject;
  beforeAll(async () => {
    project = await PluginProject.create();
  });
  afterAll(() => project[Symbol.asyncDispose]());

  const store = { name: "store" } as unknown as StateStore;
  const compose = ({ parts, config, logger }: RecordedParts, override?: Override, signal = NEVER) =>
    composeRun(
      {
        settings: config.settings,
        parts,
        throttled: { job: { id: "j", tables: [] }, workers: 1, liveWorkers: () => 1 },
        store,
        source: {} as CellSource,
        sink: {} as CellSink,
        clock: systemClock,
        random: systemRandom,
        logger,
      },
      signal,
      override,
    );
  const rejection = async (recorded: RecordedParts, override?: Override) => {
    const error = await compose(recorded, override).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return isRekeyError(error) ? error : undefined;
  };

  it("makes every part in order, and closes them in reverse", async () => {
    const recorded = await recordedParts(project, CONFIG);
    const scope = await compose(recorded);
    expect(recorded.said).toEqual(MADE);
    expect(scope.resolve(TOKENS.targetKey).version).toBe("v3");
    expect(scope.resolve(TOKENS.previousKeys).map((key) => key.version)).toEqual(["v2", "v1"]);
    expect(scope.resolve(TOKENS.throttles)).toHaveLength(1);
    expect(scope.resolve(TOKENS.hooks).map((hook) => hook.name)).toEqual(["rec"]);
    expect(scope.resolve(TOKENS.stateStore)).toBe(store);
    expect(scope.keyrings).toBeInstanceOf(Keyrings);
    await scope[Symbol.asyncDispose]();
    expect(recorded.said).toEqual([...MADE, ...CLOSED]);
  });

  it("registers nothing outside of its own container, and shares nothing with another run", async () => {
    const recorded = await recordedParts(project, CONFIG);
    await using one = await compose(recorded);
    await using two = await compose(recorded);
    for (const token of [...Object.values(TOKENS), Keyrings]) {
      expect(root.isRegistered(token as symbol)).toBe(false);
    }
    expect(one.keyrings).not.toBe(two.keyrings);
    expect(one.resolve(TOKENS.targetKey)).not.toBe(two.resolve(TOKENS.targetKey));
  });

  it.each([
    ["throttles: [{ type: rec }]", "throttles: [{ type: rec, throws: ours }]", 3],
    ["hooks: [{ type: rec }]", "hooks: [{ type: rec }, { type: rec, throws: foreign }]", 5],
    ["hooks: [{ type: rec }]", "hooks: [{ type: rec, returns: nothing }]", 4],
    ["provider: rec, version: v1", "provider: rec, version: v1, throws: ours", 2],
    ["provider: rec, version: v3", "provider: rec, version: v3, throws: ours", 0],
  ])("closes what was made when a later part fails: %j as %j", async (right, wrong, made) => {
    const recorded = await recordedParts(project, CONFIG.replace(right, wrong));
    expect((await rejection(recorded))?.code).toMatch(/^(KEY\.REFUSED|PLUGIN\.INVALID)$/);
    expect(recorded.said).toEqual([...MADE.slice(0, made), ...CLOSED.slice(CLOSED.length - made)]);
  });

  it.each([
    ["throttles: [{ type: rec }]", "throttles: [{ type: rec, throws: never }]", 3, "throttle"],
    ["hooks: [{ type: rec }]", "hooks: [{ type: rec, throws: never }]", 4, "hook"],
  ])(
    "waits for no part that is to stop, and closes it when it comes: %j as %j",
    async (right, wrong, made, kind) => {
      const recorded = await recordedParts(project, CONFIG.replace(right, wrong));
      const stop = new AbortController();
      const composing = compose(recorded, undefined, stop.signal);
      await expect.poll(() => recorded.said).toContain("waits");
      stop.abort(new RekeyError("INTERRUPTED", "enough"));
      await expect(composing).rejects.toThrow("enough");
      const closed = CLOSED.slice(CLOSED.length - made);
      expect(recorded.said).toEqual([...MADE.slice(0, made), "waits", ...closed]);
      process.emit("rekey-test-goes-on" as never);
      await expect.poll(() => recorded.said).toContain(`closed ${kind}`);
    },
  );

  it("closes everything when an override, or what it put in, fails", async () => {
    const thrown = new TypeError("no");
    const recorded = await recordedParts(project, CONFIG);
    await expect(
      compose(recorded, () => {
        throw thrown;
      }),
    ).rejects.toBe(thrown);
    expect(recorded.said).toEqual([...MADE, ...CLOSED]);

    const again = await recordedParts(project, CONFIG);
    const twice = simpleKey({ version: "v3", decrypt: () => undefined, encrypt: (plaintext) => plaintext });
    const error = await rejection(again, (container) =>
      container.register(TOKENS.previousKeys as symbol, { useValue: [twice] }),
    );
    expect(error?.code).toBe("KEY.DUPLICATE");
    expect(again.said).toEqual([...MADE, ...CLOSED]);
  });

  it("lets a part be replaced, also for the classes that are made from it", async () => {
    const recorded = await recordedParts(project, CONFIG);
    const mine = simpleKey({ version: "mine", decrypt: () => undefined, encrypt: (plaintext) => plaintext });
    await using scope = await compose(recorded, (container) => {
      container.register(TOKENS.targetKey as symbol, { useValue: mine });
      container.register(TOKENS.throttles as symbol, { useValue: [] });
    });
    expect(scope.keyrings.of("keys").target.version).toBe("mine");
    expect(scope.resolve(TOKENS.throttles)).toEqual([]);
  });

  it("looks at what a key answers that was put in like at any other's", async () => {
    const recorded = await recordedParts(project, CONFIG);
    const deaf = { ...testKey("mine"), decrypt: async () => [], encrypt: async () => [] };
    const cards = new Map([["cards", { target: deaf, previous: [] }]]);
    await using scope = await compose(recorded, (container) => {
      container.register(TOKENS.previousKeys as symbol, { useValue: [deaf] });
      container.register(TOKENS.namedKeys as symbol, { useValue: cards });
    });
    const { signal } = new AbortController();
    const told = { code: "KEY.CONTRACT" };
    const cell = sealedCell(Buffer.from("x"));
    const [, previous] = scope.keyrings.of("keys").keys;
    await expect(previous!.decrypt([cell], signal)).rejects.toMatchObject(told);
    const clear = { plaintext: Buffer.from("p"), form: "binary", context: CONTEXT } as const;
    await expect(scope.keyrings.of("cards").seal([clear], signal)).rejects.toMatchObject(told);
  });

  it("tells of every secret that is missing, not only of the first", async () => {
    const text = CONFIG.replace("version: v3", "version: v3, secret: { env: A }").replace(
      "version: v1",
      "version: v1, secret: { env: B }",
    );
    const recorded = await recordedParts(project, text);
    const error = await rejection(recorded);
    expect(error).toMatchObject({ code: "CONFIG.SECRET_MISSING", message: "the keyring has 2 problems" });
    expect(error?.problems.map((line) => /variable (\w) is not set$/.exec(line)?.[1])).toEqual(["A", "B"]);
    expect(error?.hint).toContain("Set the environment variable");
    expect(recorded.said).toEqual(["made key v2 previous", "closed key v2 previous"]);
  });
});
