import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, systemRandom } from "@cassandra-rekey/engine";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { fernetKey } from "@cassandra-rekey/provider-fernet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRotation } from "../src/open-rotation.ts";
import type { Rotation } from "../src/rotation.ts";
import { rotationService } from "../src/service.ts";

const ROWS = 200;
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const newKey = () => `${randomBytes(32).toString("base64url")}=`;
const env = { OLD_KEY: newKey(), NEW_KEY: newKey() };

describe("a service with the engine inside", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  let folder: string;
  let configuration: string;
  let rotation: Rotation;
  let server: Server;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rekey-embedded-"));
    const { cluster, client, keyspace } = db;
    await client.execute(`CREATE TABLE ${keyspace}.users (id int PRIMARY KEY, email text)`);
    await using key = fernetKey(env.OLD_KEY, { version: "v1", clock: systemClock, random: systemRandom });
    const context = { keyspace, table: "users", column: "email", primaryKey: [] };
    const cells = Array.from({ length: ROWS }, (_, id) => ({
      plaintext: Buffer.from(`${id}@acme.example`),
      form: "text" as const,
      context,
    }));
    const tokens = await key.encrypt(cells, new AbortController().signal);
    const hourAgo = (Date.now() - 3_600_000) * 1000;
    for (const [id, token] of tokens.entries()) {
      const values = [id, Buffer.from(token).toString("latin1"), hourAgo];
      await client.execute(
        `INSERT INTO ${keyspace}.users (id, email) VALUES (?, ?) USING TIMESTAMP ?`,
        values,
        {
          prepare: true,
        },
      );
    }
    configuration = `
cluster: { contact_points: [${cluster.contactPoints.join(", ")}], port: ${cluster.port}, local_dc: ${cluster.localDc}, keyspace: ${keyspace} }
state: { type: file, path: ${join(folder, "state.db")} }
keys:
  target: { provider: fernet, version: v2, key: { env: NEW_KEY } }
  previous: [{ provider: fernet, version: v1, key: { env: OLD_KEY } }]
tables: [{ name: users, encrypted_columns: [email], chunks: 4 }]
`;
    rotation = await openRotation(configuration, { logger, env });
    server = rotationService(rotation).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(async () => {
    server.close();
    await rotation[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function ask(method: string, path = "/rotation") {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
    const response = await fetch(url, { method });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it("rotates in its background, and proves the end by a verification", async () => {
    expect(await ask("GET")).toEqual({ status: 200, body: { state: "idle" } });
    expect(await ask("POST")).toMatchObject({ status: 202, body: { state: "running" } });
    expect(await ask("POST")).toMatchObject({ status: 409 });
    expect(await rotation.settled()).toMatchObject({ state: "done", clean: true });
    expect(await ask("GET")).toMatchObject({ body: { state: "done", clean: true } });
    const rows = (await db.client.execute(`SELECT id, email FROM ${db.keyspace}.users`)).rows;
    await using key = fernetKey(env.NEW_KEY, { version: "v2", clock: systemClock, random: systemRandom });
    const context = { keyspace: db.keyspace, table: "users", column: "email", primaryKey: [] };
    const opened = await key.decrypt(
      rows.map((row) => ({ ciphertext: Buffer.from(row["email"], "latin1"), form: "text", context })),
      new AbortController().signal,
    );
    expect(
      opened.map((cell) => "plaintext" in cell && Buffer.from(cell.plaintext).toString()).sort(),
    ).toEqual(Array.from({ length: ROWS }, (_, id) => `${id}@acme.example`).sort());
  });

  it("stops when it is told to, and answers nothing else", async () => {
    await ask("POST");
    const { status, body } = await ask("DELETE");
    expect(status).toBe(200);
    expect(["stopped", "done"]).toContain(body["state"]);
    expect((await ask("GET", "/")).status).toBe(404);
    expect((await ask("PUT")).status).toBe(405);
  });

  it("tells what is wrong without a stack trace, and can be started again", async () => {
    const broken = configuration.replace(/port: \d+/, "port: 1");
    await using failing = await openRotation(broken, { logger, env });
    await failing.start();
    expect(await failing.settled()).toMatchObject({
      state: "failed",
      code: "CLUSTER.UNREACHABLE",
      hint: expect.stringContaining("contact_points"),
    });
    expect(await failing.start()).toBe(true);
    await failing.settled();
  });
});
