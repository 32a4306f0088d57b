import { isRekeyError } from "@cassandra-rekey/core";
import { ManualClock, SeededRandom } from "@cassandra-rekey/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { KeyCalls } from "../../src/keyring/key-calls.ts";
import { openKeyrings } from "../../src/keyring/open-keyrings.ts";
import { PluginProject } from "../plugins/plugin-project.ts";
import { recordedParts } from "../plugins/recording-parts.ts";

const CONFIG = `cluster: { contact_points: [a], keyspace: ks }
keys:
  target: { provider: rec, version: v2 }
  previous: [{ provider: rec, version: v1 }]
keyrings:
  cards:
    target: { provider: rec, version: v2 }
    previous: [{ provider: rec, version: c1 }]
tables: [{ name: t, encrypted_columns: [{ name: c, keyring: cards }, d] }]
`;

const NEVER = new AbortController().signal;

describe("the keyrings of a configuration", () => {
  let project: PluginProject;
  beforeAll(async () => {
    project = await PluginProject.create();
  });
  afterAll(() => project[Symbol.asyncDispose]());

  it("are opened one after the other, each key for its use, and closed in reverse", async () => {
    const { parts, config, said } = await recordedParts(project, CONFIG);
    const stack = new AsyncDisposableStack();
    const { main, named } = await openKeyrings(config.settings, parts, stack, {
      signal: NEVER,
      calls: new KeyCalls(),
    });
    expect([main.target.version, main.previous.map((key) => key.version)]).toEqual(["v2", ["v1"]]);
    const cards = named.get("cards")!;
    expect([cards.target.version, cards.previous.map((key) => key.version)]).toEqual(["v2", ["c1"]]);
    expect(cards.target).not.toBe(main.target);
    await stack.disposeAsync();
    const keys = ["v2 target", "v1 previous", "v2 target", "c1 previous"];
    expect(said).toEqual([
      ...keys.map((key) => `made key ${key}`),
      ...keys.toReversed().map((key) => `closed key ${key}`),
    ]);
  });

  it("say at once which secrets are missing, in all of them, each with its place", async () => {
    const wrong = CONFIG.replaceAll(
      "{ provider: rec, version: v2 }",
      "{ provider: rec, version: v2, secret: { env: NONE } }",
    );
    const { parts, config, said } = await recordedParts(project, wrong);
    await using stack = new AsyncDisposableStack();
    const error = await openKeyrings(config.settings, parts, stack, { signal: NEVER }).catch(
      (reason: unknown) => reason,
    );
    expect(isRekeyError(error) && error.problems.map((line) => line.split(": ")[0])).toEqual([
      expect.stringContaining("keys.target"),
      expect.stringContaining("keyrings.cards.target"),
    ]);
    await stack.disposeAsync();
    expect(said.filter((line) => line.startsWith("closed"))).toHaveLength(2);
  });

  it("wait for a key service that is away, where nothing can begin without", async () => {
    const away = CONFIG.replace("version: v1 }", "version: v1, throws: later }");
    const { parts, config } = await recordedParts(project, away);
    await using stack = new AsyncDisposableStack();
    await expect(openKeyrings(config.settings, parts, stack, { signal: NEVER })).rejects.toMatchObject({
      code: "KEY.UNAVAILABLE",
    });
    const clock = new ManualClock();
    const onRetry = vi.fn();
    const patience = { clock, random: new SeededRandom(1), onRetry };
    const opening = openKeyrings(config.settings, parts, stack, { signal: NEVER, patience });
    await expect.poll(() => onRetry.mock.calls).toEqual([[1, "KEY.UNAVAILABLE"]]);
    await clock.advance(1_000);
    expect((await opening).main.previous).toHaveLength(1);
  });

  it("let nobody wait who is to stop at once, and close what comes after that", async () => {
    const hanging = CONFIG.replace("version: v1 }", "version: v1, throws: never }");
    const { parts, config, said } = await recordedParts(project, hanging);
    const controller = new AbortController();
    const stack = new AsyncDisposableStack();
    const opening = openKeyrings(config.settings, parts, stack, { signal: controller.signal });
    await expect.poll(() => said).toContain("waits");
    controller.abort(new Error("enough"));
    await expect(opening).rejects.toThrow("enough");
    await stack.disposeAsync();
    expect(said).not.toContain("closed key v1 previous");
    process.emit("rekey-test-goes-on" as never);
    await expect.poll(() => said).toContain("closed key v1 previous");
  });
});
