import { RekeyError } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { Checks } from "../../src/doctor/checks.ts";
import { checkPermissions } from "../../src/doctor/permission-check.ts";
import { type Permissions, readServerRole, type ServerRole } from "../../src/doctor/server-role.ts";
import { type Answer, fakeSession } from "./fake-session.ts";
import { settingsWith } from "./table-settings.ts";

const never = new AbortController().signal;
const ROLES = [{ role: "app", super: false }];

describe("the role", () => {
  const read = (name: string | undefined, answers: Readonly<Record<string, Answer>>) =>
    readServerRole(fakeSession(answers), name, never);

  it("is nobody's where no user name is configured, or the cluster ignores it", async () => {
    expect(await read(undefined, {})).toEqual({ kind: "open" });
    // As AllowAllAuthenticator puts it.
    const refusal = new RekeyError("CLUSTER.UNAUTHORIZED", "You have to be logged in and not anonymous to …");
    expect(await read("app", { "LIST ROLES": refusal })).toEqual({ kind: "open" });
  });

  it("is a superuser's, also by inheritance", async () => {
    const roles = [...ROLES, { role: "admins", super: true }];
    expect(await read("app", { "LIST ROLES": roles })).toEqual({ kind: "superuser", name: "app" });
  });

  it("has the permissions that the server lists", async () => {
    const listed = [{ permission: "SELECT", resource: "<keyspace app>" }];
    const answers = { 'LIST ROLES OF "app"': ROLES, 'LIST ALL PERMISSIONS OF "app"': listed };
    expect(await read("app", answers)).toEqual({
      kind: "ordinary",
      name: "app",
      permissions: new Set(["SELECT <keyspace app>"]),
    });
  });

  it("may do everything where permissions are not checked", async () => {
    const unsupported = new RekeyError("CLUSTER.INVALID_QUERY", "not supported by AllowAllAuthorizer");
    expect(await read("app", { "LIST ROLES": ROLES, "LIST ALL": unsupported })).toMatchObject({
      permissions: "all",
    });
  });

  it("is not guessed when the server does not answer", async () => {
    const timeout = new RekeyError("CLUSTER.TIMEOUT", "too late");
    await expect(read("app", { "LIST ROLES": timeout })).rejects.toBe(timeout);
    await expect(read("app", { "LIST ROLES": ROLES, "LIST ALL": timeout })).rejects.toBe(timeout);
  });
});

describe("permissions", () => {
  function found(role: ServerRole) {
    const checks = new Checks();
    checkPermissions(checks, role, settingsWith().tables);
    return checks.list.map(({ level, message }) => `${level} ${message}`);
  }
  const ordinary = (...permissions: string[]): ServerRole => ({
    kind: "ordinary",
    name: "app",
    permissions: new Set(permissions) as Permissions,
  });

  it("are enough on the table, on all tables of its keyspace, on the keyspace, and on all keyspaces", () => {
    for (const on of ["<table app.users>", "<all tables in app>", "<keyspace app>", "<all keyspaces>"])
      expect(found(ordinary(`SELECT ${on}`, `MODIFY ${on}`))).toEqual([
        "OK role app may read and write the tables",
      ]);
  });

  it("are not enough on something else", () => {
    expect(
      found(ordinary("SELECT <table app.users>", "MODIFY <table app.users2>", "ALTER <keyspace app>")),
    ).toEqual(["FAIL role app lacks MODIFY"]);
    expect(found(ordinary())).toEqual(["FAIL role app lacks SELECT", "FAIL role app lacks MODIFY"]);
  });

  it("are not asked of those who need none", () => {
    expect(found({ kind: "open" })).toHaveLength(1);
    expect(found({ kind: "superuser", name: "root" })).toEqual(["OK role root may do everything"]);
    expect(found({ kind: "ordinary", name: "app", permissions: "all" })).toEqual([
      "OK role app may do everything",
    ]);
  });
});
