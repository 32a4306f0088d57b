import { isRekeyError } from "@cassandra-rekey/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

describe("the keyrings of a configuration", () => {
  let project: PluginProject;
  beforeAll(async () => {
    project = await PluginProject.create();
  });
  afterAll(() => project[Symbol.asyncDispose]());

  it("are opened one after the other, each key for its use, and closed in reverse", async () => {
    const { parts, config, said } = await recordedParts(project, CONFIG);
    const stack = new AsyncDisposableStack();
    const { main, named } = await openKeyrings(config.settings, parts, stack, new KeyCalls());
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
    const error = await openKeyrings(config.settings, parts, stack).catch((reason: unknown) => reason);
    expect(isRekeyError(error) && error.problems.map((line) => line.split(": ")[0])).toEqual([
      expect.stringContaining("keys.target"),
      expect.stringContaining("keyrings.cards.target"),
    ]);
    await stack.disposeAsync();
    expect(said.filter((line) => line.startsWith("closed"))).toHaveLength(2);
  });
});
