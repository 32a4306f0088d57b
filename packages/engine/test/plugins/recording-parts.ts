import type { Logger } from "@cassandra-rekey/core";
import { parseConfig } from "../../src/config/load-config.ts";
import { secretReader } from "../../src/config/secrets.ts";
import { PluginParts } from "../../src/plugin-parts.ts";
import { buildPluginIndex } from "../../src/plugins/plugin-index.ts";
import { systemClock } from "../../src/system-clock.ts";
import { systemRandom } from "../../src/system-random.ts";
import type { PluginProject } from "./plugin-project.ts";

/** A plugin of every kind of part, each of which says when it is made and closed; options make it fail. */
const ENTRY = `import { definePlugin, RekeyError, simpleKey } from "@cassandra-rekey/core";
let tried = 0;
const part = (kind, parts) => ({
  options: {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => {
        if (value.schema === "fails") throw new TypeError("the secret is hunter2");
        if (value.schema === "is silent") return undefined;
        return value.wrong === undefined ? { value } : { issues: [{ message: "Wrong indeed", path: ["wrong"] }] };
      },
      jsonSchema: { input: () => ({ type: "object", properties: { wrong: {} } }) },
    },
  },
  async create(options, ctx) {
    if (options.throws === "foreign") throw new TypeError("the secret is hunter2");
    if (options.throws === "ours") throw new RekeyError("KEY.REFUSED", "the service refused");
    if (options.throws === "later" && (tried += 1) % 3 !== 0) throw new RekeyError("KEY.UNAVAILABLE", "away");
    if (options.throws === "never") {
      ctx.logger.info({}, "waits");
      await new Promise((resolve) => process.once("rekey-test-goes-on", resolve));
    }
    if (options.returns === "nothing") return undefined;
    const name = ctx.keyVersion === undefined ? kind : kind + " " + ctx.keyVersion + " " + ctx.use;
    if (options.secret) ctx.logger.info({}, "secret of " + (await ctx.secret(options.secret)).length);
    ctx.logger.info({}, "made " + name);
    return {
      ...parts(options.version ?? ctx.keyVersion),
      [Symbol.asyncDispose]: async () => ctx.logger.info({}, "closed " + name),
    };
  },
});
const key = (version) => simpleKey({ version, decrypt: () => undefined, encrypt: (plaintext) => plaintext });
export default definePlugin({
  name: "recording",
  providers: { rec: part("key", key) },
  stateStores: { rec: part("store", () => ({})) },
  throttles: { rec: part("throttle", () => ({ limit: () => ({}), observe() {} })) },
  hooks: { rec: part("hook", () => ({ on() {} })), deaf: part("deaf hook", () => ({})), mute: part("mute hook", () => ({ on() {}, gate: true })) },
});
`;

/** Parts over a configuration's text, and what they said. */
export interface RecordedParts {
  readonly parts: PluginParts;
  readonly config: ReturnType<typeof parseConfig>;
  readonly said: readonly string[];
  readonly logger: Logger;
}

/** The parts that a configuration names, from the recording plugin in \`project\`. */
export async function recordedParts(
  project: PluginProject,
  text: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RecordedParts> {
  const names = ["rec"];
  const plugin = {
    apiVersion: 1,
    entry: "./index.js",
    providers: names,
    stateStores: names,
    throttles: names,
    hooks: [...names, "deaf", "mute"],
  };
  const root = await project.add({ name: "recording", plugin, files: { "index.js": ENTRY } });
  const config = parseConfig(text, project.path("c.yaml"));
  const said: string[] = [];
  const logger: Logger = { debug() {}, info: (_, message) => said.push(message), warn() {}, error() {} };
  const parts = new PluginParts({
    config,
    plugins: buildPluginIndex([root]),
    logger,
    clock: systemClock,
    random: systemRandom,
    signal: new AbortController().signal,
    secret: secretReader({ env, directory: config.directory }),
    cluster: async () => ({}),
    workers: 1,
  });
  return { parts, config, said, logger };
}
