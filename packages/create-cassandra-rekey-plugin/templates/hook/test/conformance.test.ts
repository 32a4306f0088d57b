import { describeHook, pluginContext } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";
import plugin from "../src/index.ts";

const lines: string[] = [];
const note = (_: object, line: string) => void lines.push(line);

describeHook(
  { describe, it },
  {
    name: "template-part",
    create: () =>
      plugin.hooks!["template-part"]!.create(
        {},
        pluginContext({ logger: { debug: note, info: note, warn: note, error: note } }),
      ),
    output: async () => lines.join("\n"),
  },
);
