import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { SAMPLE_EVENTS } from "@cassandra-rekey/testkit";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openHook } from "./open-hook.ts";

interface Push {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let status = 200;
const pushes: Push[] = [];
const gateway = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    pushes.push({ method: request.method, url: request.url, headers: request.headers, body });
    response.writeHead(status).end();
  });
});

beforeEach(async () => {
  status = 200;
  pushes.length = 0;
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  await new Promise((resolve) => gateway.close(resolve));
});

const options = () => ({
  listen: false,
  push_url: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/`,
  push_authorization: { env: "PUSH" },
});
const secret = async () => Buffer.from("Bearer hush");

it("puts the metrics every few seconds and at the end, under its own group", async () => {
  const { hook, clock, url } = await openHook(options(), { secret });
  expect(url).toBeUndefined();
  for (const event of SAMPLE_EVENTS) await hook.on(event, 0);
  await clock.advance(15_000);
  await expect.poll(() => pushes.length).toBe(1);
  await hook[Symbol.asyncDispose]();
  await hook[Symbol.asyncDispose]();
  expect(pushes).toHaveLength(2);
  const instance = encodeURIComponent(`${hostname()}:${process.pid}`);
  expect(pushes[1]).toMatchObject({
    method: "PUT",
    url: `/metrics/job/cassandra-rekey/instance/${instance}`,
    headers: { authorization: "Bearer hush", "content-type": expect.stringContaining("text/plain") },
    body: expect.stringContaining("cassandra_rekey_rows_scanned_total"),
  });
});

it("says once that a gateway fails, without what could be secret, and goes on trying", async () => {
  status = 500;
  const { hook, clock, warn } = await openHook(options(), { secret });
  const sleep = vi.spyOn(clock, "sleep");
  for (let n = 1; n <= 3; n += 1) {
    await clock.advance(15_000);
    await expect.poll(() => pushes.length).toBe(n);
    // It has to have its answer before more time may pass.
    await expect.poll(() => sleep.mock.calls.length).toBe(n);
  }
  await hook[Symbol.asyncDispose]();
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn).toHaveBeenCalledWith({ reason: "HTTP status 500" }, "metrics could not be pushed");
});
