import type { VerifyRequest } from "@cassandra-rekey/engine";
import { describe, expect, it } from "vitest";
import Verify from "../src/commands/verify.ts";
import { runCommand } from "./command-harness.ts";
import { verifyReport } from "./reports.ts";

const REPLICA = "10.0.0.3:9042";
const line = { ...verifyReport().census[0]!, replica: REPLICA, keyVersion: "v1" };
const remnants = [
  {
    keyspace: "app",
    table: "users",
    what: "the snapshot monday",
    command: "nodetool clearsnapshot -t monday",
  },
  { keyspace: "app", table: "users", what: "backups", command: "wait" },
];

describe("verify", () => {
  it.each([
    [["--per-replica"], { perReplica: true, heal: false }],
    [["--heal"], { perReplica: false, heal: true }],
    [[], { perReplica: false, heal: false }],
  ])("%j asks for %j", async (argv, expected) => {
    let asked: VerifyRequest | undefined;
    const engine = {
      verify: async (request?: VerifyRequest) => {
        asked = request;
        return verifyReport();
      },
    };
    expect((await runCommand(Verify, argv, { engine })).exitCode).toBe(0);
    expect({ perReplica: asked?.perReplica === true, heal: asked?.heal === true }).toEqual(expected);
  });

  it("does not heal what it is to find", async () => {
    expect((await runCommand(Verify, ["--per-replica", "--heal"])).exitCode).toBe(2);
  });

  it("says when it was finished, and that what was finished before is of then", async () => {
    const shown = async (report: ReturnType<typeof verifyReport>) => {
      const engine = { verify: async () => report };
      const text = await runCommand(Verify, ["--job-id", report.jobId], { engine });
      const json = await runCommand(Verify, ["--job-id", report.jobId, "--json"], { engine });
      return { text: text.stdout, json: JSON.parse(json.stdout) };
    };
    const fresh = await shown(verifyReport());
    expect(fresh.text).toContain("(verify): done 2026-11-24 12:53:11Z\n\n");
    expect(fresh.json).toMatchObject({ finishedAt: "2026-11-24T12:53:11.000Z", stored: false });
    const stored = await shown(verifyReport({ stored: true }));
    expect(stored.text).toContain(
      "done 2026-11-24 12:53:11Z\nIt was finished before: nothing was read again.",
    );
    expect(stored.json.stored).toBe(true);
    const { finishedAt: _, ...without } = verifyReport({ outcome: "interrupted" });
    const interrupted = await shown(without);
    expect(interrupted.text).toContain("(verify): interrupted\n");
    expect(interrupted.json.finishedAt).toBeNull();
  });

  it("names the replica that is behind", async () => {
    const engine = { verify: async () => verifyReport({ clean: false, census: [line] }) };
    const { stdout } = await runCommand(Verify, ["--per-replica"], { engine });
    expect(stdout).toContain(`app.users on ${REPLICA}  email`);
    const json = await runCommand(Verify, ["--per-replica", "--json"], { engine });
    expect(JSON.parse(json.stdout).census[0]).toMatchObject({ replica: REPLICA, keyVersion: "v1" });
  });

  it("ends with 1 while a repair is needed, however clean the cells are", async () => {
    const repairs = [`${REPLICA} was down for at least 5 h and hints are kept for 3 h`];
    const engine = { verify: async () => verifyReport({ repairs }) };
    const { stdout, exitCode } = await runCommand(Verify, [], { engine });
    expect(exitCode).toBe(1);
    expect(stdout).toContain("must not be retired before these repairs");
    expect(stdout).toContain(repairs[0]);
    const json = await runCommand(Verify, ["--json"], { engine });
    expect(JSON.parse(json.stdout)).toMatchObject({ clean: true, repairs });
  });

  it("lists what else still holds old ciphertext, with the command for each", async () => {
    const engine = { verify: async () => verifyReport({ remnants }) };
    const { stdout } = await runCommand(Verify, [], { engine });
    expect(stdout).toContain(`What still holds old ciphertext of app.users, on every node:
WHAT                 UNTIL
the snapshot monday  nodetool clearsnapshot -t monday
backups              wait
`);
    const json = await runCommand(Verify, ["--json"], { engine });
    expect(JSON.parse(json.stdout).remnants).toEqual(remnants);
  });

  it("says of a table without any cell that it found none: it may be the wrong one", async () => {
    const there = { keyspace: "app", table: "users", what: "backups", command: "wait" };
    const report = verifyReport({ census: [line], remnants: [there, { ...there, table: "user" }] });
    const { stdout } = await runCommand(Verify, [], { engine: { verify: async () => report } });
    expect(stdout).toContain("No cell was found in app.user: check that it is the right table");
    expect(stdout).not.toContain("found in app.users");
  });
});
