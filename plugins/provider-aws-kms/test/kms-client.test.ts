import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTexts as open, sealTexts as seal } from "@cassandra-rekey/testkit";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { useAwsServer } from "./aws-server.ts";
import { openKey } from "./open-key.ts";

const aws = useAwsServer();
const stubbed = new Map<string, string | undefined>();

/** Until the end of the test; what the server's own set-up stubs is put back then. */
function environment(variables: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(variables)) {
    stubbed.set(name, process.env[name]);
    vi.stubEnv(name, value);
  }
}
afterEach(() => {
  for (const [name, value] of stubbed) vi.stubEnv(name, value);
  stubbed.clear();
});

async function listening(server: Server, host: string): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** The only profile, whose credentials come from a program. */
async function credentialsFrom(program: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "rekey-aws-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "config"), `[default]\ncredential_process = ${program}\n`);
  environment({
    AWS_CONFIG_FILE: join(folder, "config"),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
    AWS_ACCESS_KEY_ID: undefined,
  });
}

describe("credentials that do not come", () => {
  it("are waited for no longer than a call may last", async () => {
    await credentialsFrom("sleep 5");
    const opening = openKey({ ...aws.for(aws.newKey()), timeout_ms: 200 });
    await expect(opening).rejects.toMatchObject({
      code: "KEY.UNAVAILABLE",
      message: expect.stringContaining("had no answer within 200 ms"),
      hint: expect.stringContaining("credential_process"),
    });
  });

  it("keep nobody who is to stop at once", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rekey-aws-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const asked = join(folder, "asked");
    await credentialsFrom(`touch ${asked}; sleep 5`);
    const controller = new AbortController();
    const opening = openKey(aws.for(aws.newKey()), { signal: controller.signal });
    opening.catch(() => {});
    await expect.poll(() => existsSync(asked), { timeout: 4000 }).toBe(true);
    controller.abort(new Error("enough"));
    await expect(opening).rejects.toThrow("enough");
  });
});

it.each([
  ["of the environment, stop the job: nothing renews them", undefined, "KEY.REFUSED", /session is over/],
  ["that say until when are renewed, and waited for", "2100-01-01T00:00:00Z", "KEY.UNAVAILABLE", /for now/],
])("credentials that have expired %s", async (_, expiration, code, message) => {
  const server = createServer((_request, response) => {
    response.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify({ __type: "ExpiredTokenException", message: "The token is expired" }));
  });
  const endpoint = `http://127.0.0.1:${await listening(server, "127.0.0.1")}`;
  environment({ AWS_SESSION_TOKEN: "t", AWS_CREDENTIAL_EXPIRATION: expiration });
  const opening = openKey({ ...aws.for(aws.newKey()), endpoint, max_attempts: 1 });
  await expect(opening).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

it("whom the service asks to stay away for long does not try again within the call", async () => {
  await using subject = await openKey(aws.for(aws.newKey()));
  onTestFinished(aws.server.fault({ kind: "throttled", retryAfterMs: 60_000 }));
  aws.server.calls.clear();
  await expect(seal(subject, ["x"])).rejects.toMatchObject({
    code: "KEY.UNAVAILABLE",
    message: expect.stringContaining("is throttled"),
    retryAfterMs: 60_000,
  });
  expect(aws.server.calls.total).toBe(1);
});

describe("where calls go", () => {
  it("never to another host in clear text, whoever names it", async () => {
    const server = createServer((_request, response) => response.writeHead(500).end());
    const reached = vi.fn();
    server.on("connection", reached);
    const endpoint = `http://127.0.0.2:${await listening(server, "127.0.0.2")}`;
    environment({ AWS_ENDPOINT_URL_KMS: endpoint });
    await expect(openKey({ key_id: aws.newKey().arn })).rejects.toMatchObject({
      code: "CONFIG.INVALID",
      message: expect.stringContaining("http://127.0.0.2, in clear text"),
      hint: expect.stringContaining("AWS_ENDPOINT_URL_KMS"),
    });
    expect(reached).not.toHaveBeenCalled();
  });

  it("through the proxy that the environment names, unless it excepts the host", async () => {
    const asked: (string | undefined)[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, socket) => {
      asked.push(request.url);
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    environment({ HTTPS_PROXY: `http://127.0.0.1:${await listening(proxy, "127.0.0.1")}`, NO_PROXY: "" });
    const options = { key_id: aws.newKey().arn, max_attempts: 1 };
    await expect(openKey(options)).rejects.toMatchObject({ code: "KEY.UNAVAILABLE" });
    expect(asked).toEqual(["kms.eu-west-1.amazonaws.com:443"]);
    environment({ NO_PROXY: "localhost" });
    await expect(openKey({ ...options, endpoint: "https://localhost:9" })).rejects.toThrow("ECONNREFUSED");
    expect(asked).toHaveLength(1);
  });

  it("as many at once as parallel_calls says", async () => {
    const cells = 60;
    const options = { ...aws.for(aws.newKey()), data_keys: { max_cells: 1 }, parallel_calls: cells };
    await using writer = await openKey(options);
    const texts = Array.from({ length: cells }, (_, index) => `cell ${index}`);
    const sealed = await seal(writer, texts);
    await using reader = await openKey(options);
    const end = aws.server.fault({ kind: "hang" });
    const controller = new AbortController();
    const opening = open(reader, sealed, {}, controller.signal);
    opening.catch(() => {});
    await expect.poll(() => aws.server.hanging).toBe(cells);
    end();
    controller.abort(new Error("enough"));
    await expect(opening).rejects.toThrow("enough");
  });
});
