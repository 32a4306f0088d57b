import { describe, expect, it } from "vitest";
import { Checks } from "../../src/doctor/checks.ts";
import { checkGuardrails, type ServerSettings } from "../../src/doctor/guardrail-checks.ts";
import type { ServerRole } from "../../src/doctor/server-role.ts";
import { host } from "./fake-session.ts";
import { column, schemaWith, settingsWith } from "./table-settings.ts";

const ordinary: ServerRole = { kind: "ordinary", name: "app", permissions: "all" };
/** As a server without guardrails says it. */
const LAX = {
  page_size_fail_threshold: "-1",
  user_timestamps_enabled: "true",
  minimum_timestamp_fail_threshold: "",
  read_consistency_levels_disallowed: "[]",
  write_consistency_levels_disallowed: "[]",
  data_disk_usage_percentage_fail_threshold: "-1",
};

function found(
  server: Readonly<Record<string, string>> | undefined,
  settings = settingsWith(),
  role: ServerRole = ordinary,
  type = "text",
): readonly string[] {
  const checks = new Checks();
  const known: ServerSettings = server && new Map(Object.entries({ ...LAX, ...server }));
  const schema = schemaWith({
    columns: [column("id", { kind: "partition_key", position: 0 }), column("ssn", { type })],
  });
  checkGuardrails(checks, known, role, settings, [{ settings: settings.tables[0]!, schema }]);
  return checks.list.map(({ level, check }) => `${level} ${check}`);
}

const STRICT = { page_size_fail_threshold: "10", user_timestamps_enabled: "false" };

describe("guardrails", () => {
  it("are well when none is set", () => expect(found({})).toEqual(["OK cluster.guardrails"]));

  it("hold for ordinary roles only", () => {
    expect(found(STRICT)).toHaveLength(2);
    expect(found(STRICT, settingsWith(), { kind: "superuser", name: "root" })).toEqual([
      "OK cluster.guardrails",
    ]);
    expect(found(STRICT, settingsWith(), { kind: "open" })).toEqual(["OK cluster.guardrails"]);
  });

  it("came with Cassandra 4.1", () => {
    const on = (...versions: string[]) => {
      const checks = new Checks();
      const hosts = versions.map((version) => host({ version }));
      checkGuardrails(checks, undefined, ordinary, settingsWith(), [], hosts);
      return checks.list.map(({ level, message }) => `${level} ${message}`).join();
    };
    expect(on("4.0.17", "4.0.4")).toBe("OK Cassandra 4.0 has none");
    expect(on("4.0.17", "4.1.10")).toMatch(/^WARN/);
  });

  it("are unknown when the settings cannot be read", () =>
    expect(found(undefined)).toEqual(["WARN cluster.guardrails"]));

  it("may refuse the page size, but not one that is allowed", () => {
    const limit = { page_size_fail_threshold: "500" };
    expect(found(limit, settingsWith({}, { pageSize: 501 }))).toEqual(["FAIL cluster.page-size"]);
    expect(found(limit, settingsWith({}, { pageSize: 500 }))).toEqual(["OK cluster.guardrails"]);
  });

  it.each([{ user_timestamps_enabled: "false" }, { minimum_timestamp_fail_threshold: "2d" }])(
    "may refuse our timestamps, which LWT mode has none of: %j",
    (server) => {
      expect(found(server)).toEqual(["FAIL cluster.timestamps"]);
      expect(found(server, settingsWith({ writeMode: "lwt" }))).toEqual(["OK cluster.guardrails"]);
    },
  );

  it("may refuse to set elements of lists, which matters where there are lists", () => {
    const strict = { read_before_write_list_operations_enabled: "false" };
    const settings = settingsWith({ writeMode: "lwt" });
    expect(found(strict, settings, ordinary, "list<text>")).toEqual(["FAIL cluster.list-writes"]);
    for (const type of ["text", "map<text, text>", "frozen<list<text>>"])
      expect(found(strict, settings, ordinary, type)).toEqual(["OK cluster.guardrails"]);
    expect(found({}, settings, ordinary, "list<text>")).toEqual(["OK cluster.guardrails"]);
  });

  it("may disallow a consistency level, by its whole name", () => {
    const levels = (read: string, write: string) => settingsWith({ consistency: { read, write } });
    const server = { read_consistency_levels_disallowed: "[LOCAL_ONE, LOCAL_QUORUM]" };
    expect(found(server, levels("LOCAL_QUORUM", "LOCAL_QUORUM"))).toEqual(["FAIL cluster.consistency"]);
    expect(found(server, levels("QUORUM", "ONE"))).toEqual(["OK cluster.guardrails"]);
    expect(found({ write_consistency_levels_disallowed: "[ONE]" }, levels("ONE", "ONE"))).toEqual([
      "FAIL cluster.consistency",
    ]);
  });

  it("may disallow the serial level, which only transactions have", () => {
    const server = { write_consistency_levels_disallowed: "[LOCAL_SERIAL]" };
    const consistency = { read: "ONE", write: "ONE", serial: "LOCAL_SERIAL" };
    expect(found(server, settingsWith({ consistency, writeMode: "lwt" }))).toEqual([
      "FAIL cluster.consistency",
    ]);
    expect(found(server, settingsWith({ consistency }))).toEqual(["OK cluster.guardrails"]);
    const other = { ...consistency, serial: "SERIAL" };
    expect(found(server, settingsWith({ consistency: other, writeMode: "lwt" }))).toEqual([
      "OK cluster.guardrails",
    ]);
  });

  it("may refuse writes to full disks, which is worth a warning", () =>
    expect(found({ data_disk_usage_percentage_fail_threshold: "80" })).toEqual(["WARN cluster.disk"]));
});
