import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describeHook } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";
import { openLog, useFolder } from "./log-folder.ts";

const folder = useFolder();

describe.each(["job", "chunk", "page"])("with detail %s", (detail) => {
  describeHook(
    { describe, it },
    {
      name: "the audit log",
      create: () => openLog(join(folder.path, "audit.jsonl"), { detail }),
      output: () => readFile(join(folder.path, "audit.jsonl"), "utf8"),
    },
  );
});
