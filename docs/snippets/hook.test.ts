import { describeHook, pluginContext } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";
import plugin from "./hook.ts";

const lines: string[] = [];
const note = (_: object, line: string) => void lines.push(line);

describeHook(
  { describe, it },
  {
    name: "freeze",
    create: () =>
      plugin.hooks!.freeze!.create(
        { freeze_file: "/nowhere/freeze" },
        pluginContext({ logger: { debug: note, info: note, warn: note, error: note } }),
      ),
    output: async () => lines.join("\n"),
  },
);
