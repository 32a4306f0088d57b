import { isRekeyError } from "@cassandra-rekey/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PluginProject } from "./plugins/plugin-project.ts";
import { recordedParts } from "./plugins/recording-parts.ts";

const config = ({
  target = "",
  previous = "",
  more = "",
  state = "",
}) => `cluster: { contact_points: [a], keyspace: ks }
state: { type: rec${state} }
keys:
  target: { provider: rec, version: v2${target} }
  previous:
    - { provider: rec, version: v1${previous} }
tables: [{ name: t, encrypted_columns: [c] }]
${more}`;

describe("the parts that a configuration names", () => {
  let project: PluginProject;
  beforeAll(async () => {
    project = await PluginProject.create();
  });
  afterAll(() => project[Symbol.asyncDispose]());

  const parts = (text: string, env?: Record<string, string>) => recordedParts(project, text, env);
  async function refusal(action: Promise<unknown>) {
    const error = await action.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!isRekeyError(error)) throw error ?? "not refused";
    const short = (line: string) => line.replaceAll(`${project.folder}/`, "");
    return {
      code: error.code,
      message: short(error.message),
      hint: error.hint,
      problems: error.problems.map(short),
    };
  }

  it("are made with their version and use, and their secrets", async () => {
    const {
      parts: made,
      config: loaded,
      said,
    } = await parts(config({ target: ", secret: { env: K }" }), { K: "four" });
    const key = await made.key(loaded.settings.keys.target, "target");
    expect(key.version).toBe("v2");
    expect(said).toEqual(["secret of 4", "made key v2 target"]);
  });

  it("leave out what nobody asked for and no usable plugin has", async () => {
    const made = await parts(config({}));
    expect(made.config.settings.throttles).toMatchObject([{ type: "adaptive", optional: true }]);
    expect(made.parts.present(made.config.settings.throttles)).toEqual([]);
    await made.parts.check();
    const installed = { type: "rec", options: {}, at: [], optional: true } as const;
    expect(made.parts.present([installed])).toEqual([installed]);
    const forbidden = await parts(config({ more: "plugins: { allow: [somebody-else] }\n" }));
    expect(forbidden.parts.present([installed])).toEqual([]);
    const { optional: _, ...asked } = installed;
    expect(forbidden.parts.present([asked])).toEqual([asked]);
  });

  it("are checked without being made", async () => {
    const { parts: made, said } = await parts(config({ more: "hooks: [{ type: rec }]\n" }));
    await made.check();
    expect(said).toEqual([]);
  });

  it("have options that do not fit told of together, each with path and line", async () => {
    const { parts: made } = await parts(
      config({
        target: ", wrong: 1",
        previous: ", wrong: 1",
        state: ", wrong: 1",
        more: "throttles:\n  - type: rec\n    wrong: 1\nhooks:\n  - { type: rec, wrong: 1 }\n",
      }),
    );
    expect(await refusal(made.check())).toMatchObject({
      code: "CONFIG.INVALID",
      message: "c.yaml has 5 problems",
      problems: [
        "c.yaml:2:28 state.wrong: wrong indeed",
        "c.yaml:4:48 keys.target.wrong: wrong indeed",
        "c.yaml:6:44 keys.previous[0].wrong: wrong indeed",
        "c.yaml:10:12 throttles[0].wrong: wrong indeed",
        "c.yaml:12:25 hooks[0].wrong: wrong indeed",
      ],
    });
  });

  it("that no plugin has are told of with path, line and what to do", async () => {
    const one = await parts(config({ more: "throttles: [{ type: latency }]\n" }));
    expect(await refusal(one.parts.check())).toEqual({
      code: "CONFIG.UNKNOWN_PART",
      message:
        'c.yaml:8:21 throttles[0].type: the throttle "latency" is in @cassandra-rekey/throttle-latency, which is not installed',
      hint: "Install it: cassandra-rekey plugins install @cassandra-rekey/throttle-latency",
      problems: [],
    });
    const two = await parts(
      config({
        more: "throttles: [{ type: calm }]\nhooks: [{ type: webhook }]\nexecution: { read_p99_threshold_ms: 5 }\n",
      }),
    );
    const { code, problems } = await refusal(two.parts.check());
    expect(code).toBe("CONFIG.UNKNOWN_PART");
    expect(problems.map((line) => line.split(": ")[0])).toEqual([
      "c.yaml:8:21 throttles[0].type",
      "c.yaml:9:17 hooks[0].type",
      "c.yaml:10:37 execution.read_p99_threshold_ms",
    ]);
    expect(problems[1]).toContain("which is not installed. Install it: cassandra-rekey plugins install");
  });

  it("of a refused package are told of with their place", async () => {
    const { parts: made } = await parts(config({ more: 'plugins: { allow: ["@acme/*"] }\n' }));
    const { code, problems } = await refusal(made.check());
    expect(code).toBe("PLUGIN.INVALID");
    expect(problems).toHaveLength(3);
    expect(problems[1]).toContain(
      'c.yaml:4:23 keys.target.provider: the provider "rec" is in recording 1.0.0, which plugins.allow does not list',
    );
  });

  it.each([
    [
      ", secret: { env: NOT_SET }",
      "c.yaml:4:56 keys.target.secret.env: the environment variable NOT_SET is not set",
    ],
    [
      ", secret: { file: no-file }",
      "c.yaml:4:57 keys.target.secret.file: the secret file no-file does not exist",
    ],
    [
      ', secret: { env: "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4" }',
      "c.yaml:4:56 keys.target.secret.env: the environment variable is not set; its name is not shown",
    ],
  ])("name the place of a secret that is not there: %s", async (target, expected) => {
    const { parts: made, config: loaded } = await parts(config({ target }));
    const { code, message } = await refusal(made.key(loaded.settings.keys.target, "target"));
    expect(code).toBe("CONFIG.SECRET_MISSING");
    expect(message).toContain(expected);
  });

  it("that fail are named, and what a foreign error says is not repeated", async () => {
    const foreign = await parts(config({ target: ", throws: foreign" }));
    const told = await refusal(foreign.parts.key(foreign.config.settings.keys.target, "target"));
    expect(told).toMatchObject({
      code: "PLUGIN.INVALID",
      message: 'The provider "rec" could not be made: TypeError',
    });
    const ours = await parts(config({ target: ", throws: ours" }));
    expect(await refusal(ours.parts.key(ours.config.settings.keys.target, "target"))).toMatchObject({
      code: "KEY.REFUSED",
      message: "the service refused",
    });
    const nothing = await parts(config({ state: ", returns: nothing" }));
    expect(await refusal(nothing.parts.stateStore())).toMatchObject({ code: "PLUGIN.INVALID" });
  });

  it("that make a store which is none are refused, and closed", async () => {
    const { parts: made, said } = await parts(config({}));
    expect(await refusal(made.stateStore())).toMatchObject({
      code: "PLUGIN.INVALID",
      message: 'The state store "rec" was made without init()',
    });
    expect(said).toEqual(["made store", "closed store"]);
  });

  it.each([
    ["deaf", "on"],
    ["mute", "gate"],
  ])("that make a hook which is none are refused, and closed: %s", async (type, method) => {
    const { parts: made, said } = await parts(config({}));
    expect(await refusal(made.hook({ type, options: {}, at: ["hooks", 0], critical: false }))).toMatchObject({
      code: "PLUGIN.INVALID",
      message: `The hook "${type}" was made without ${method}()`,
    });
    expect(said).toEqual([`made ${type} hook`, `closed ${type} hook`]);
  });

  it.each([
    ["fails", "fails instead of telling issues: unexpected TypeError at index.js:9:45"],
    ["is silent", "gives no result"],
  ])("whose schema %s are told of with their place", async (schema, expected) => {
    const { parts: made } = await parts(config({ state: `, schema: ${schema}` }));
    expect(await refusal(made.check())).toMatchObject({
      code: "PLUGIN.INVALID",
      message: `c.yaml:2:16 state.type: the state store "rec" has an options schema that ${expected}`,
    });
  });

  it("that make a key of another version are refused, and closed", async () => {
    const { parts: made, config: loaded, said } = await parts(config({}));
    const settings = { ...loaded.settings.keys.target, options: { version: "v9" } };
    expect(await refusal(made.key(settings, "target"))).toMatchObject({
      code: "KEY.CONTRACT",
      message: 'provider rec made a key of version "v9" where "v2" was asked for',
    });
    expect(said).toEqual(["made key v2 target", "closed key v2 target"]);
  });
});
