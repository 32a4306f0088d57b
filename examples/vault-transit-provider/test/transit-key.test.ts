import type { Opened } from "@cassandra-rekey/core";
import { ManualClock } from "@cassandra-rekey/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clear, openKey, sealed } from "./open-key.ts";
import { type Fault, TransitServer } from "./transit-server.ts";

const { signal } = new AbortController();
let server: TransitServer;
beforeEach(async () => {
  server = await TransitServer.start();
  server.rotate("cells");
});
afterEach(() => server[Symbol.asyncDispose]());

const textOf = (opened: Opened | undefined) =>
  opened && "plaintext" in opened ? Buffer.from(opened.plaintext).toString() : opened?.refused;

describe("a transit key", () => {
  it("asks for many cells in one call, in batches of batch_size", async () => {
    await using key = await openKey(server, "cells", { batch_size: 4 });
    const texts = Array.from({ length: 10 }, (_, index) => `cell ${index}`);
    const ciphertexts = await key.encrypt(texts.map(clear), signal);
    expect(Buffer.from(ciphertexts[0]!).toString()).toMatch(/^vault:v1:/);
    const opened = await key.decrypt(ciphertexts.map(sealed), signal);
    expect(opened.map(textOf)).toEqual(texts);
    expect(server.calls).toEqual([4, 4, 2, 4, 4, 2]);
  });

  it("opens what an older version of the key sealed, and says when Vault no longer does", async () => {
    await using key = await openKey(server, "cells");
    const old = await key.encrypt([clear("old")], signal);
    server.rotate("cells");
    const [young] = await key.encrypt([clear("young")], signal);
    expect(Buffer.from(young!).toString()).toMatch(/^vault:v2:/);
    expect((await key.decrypt(old.map(sealed), signal)).map(textOf)).toEqual(["old"]);
    server.refuseOlderThan("cells", 2);
    await expect(key.decrypt(old.map(sealed), signal)).rejects.toMatchObject({
      code: "KEY.REFUSED",
      hint: expect.stringContaining("min_decryption_version"),
    });
  });

  it("sends nothing to Vault that is not of the transit engine, and keeps positions", async () => {
    await using key = await openKey(server, "cells");
    server.rotate("other");
    const [mine] = await key.encrypt([clear("mine")], signal);
    const [foreign] = await (await openKey(server, "other")).encrypt([clear("foreign")], signal);
    server.calls.length = 0;
    const cells = ["gAAAAABm", foreign!, mine!, "", "vault:v1:AAAA"].map(sealed);
    const opened = await key.decrypt(cells, signal);
    expect(opened.map(textOf)).toEqual([
      "not-this-format",
      "not-authentic",
      "mine",
      "not-this-format",
      "not-authentic",
    ]);
    expect(server.calls).toEqual([3]);
    expect(cells.map(({ ciphertext }) => key.identify!(ciphertext))).toEqual([
      "foreign",
      "unknown",
      "unknown",
      "foreign",
      "unknown",
    ]);
  });

  it.each<readonly [string, Fault, object]>([
    ["a sealed Vault", { status: 503 }, { code: "KEY.UNAVAILABLE", retryable: true }],
    [
      "a quota",
      { status: 429, headers: { "retry-after": "7" } },
      { code: "KEY.UNAVAILABLE", retryAfterMs: 7000 },
    ],
    ["no permission", { status: 403 }, { code: "KEY.REFUSED", retryable: false }],
    ["no such key", { status: 404 }, { code: "KEY.REFUSED", hint: expect.stringContaining("vault list") }],
    ["a key of another type", { status: 400 }, { code: "KEY.REFUSED" }],
    ["a proxy's page", { body: "<html>" }, { code: "KEY.UNAVAILABLE" }],
    [
      "a redirect",
      { status: 307, headers: { location: "http://127.0.0.1:1/" } },
      { code: "KEY.UNAVAILABLE" },
    ],
    ["too few results", { body: '{"data":{"batch_results":[]}}' }, { code: "KEY.CONTRACT" }],
    [
      "a plaintext where a ciphertext should be",
      { body: '{"data":{"batch_results":[{}]}}' },
      { code: "KEY.REFUSED" },
    ],
  ])("makes of %s an error that says what to do", async (_, fault, expected) => {
    await using key = await openKey(server, "cells");
    server.fault = fault;
    await expect(key.encrypt([clear("x")], signal)).rejects.toMatchObject(expected);
  });

  it("gives up on a call after timeout_ms, and at once when the run ends", async () => {
    const clock = new ManualClock();
    await using key = await openKey(server, "cells", { timeout_ms: 5000, clock });
    server.fault = { hang: true };
    const late = key.encrypt([clear("x")], signal);
    late.catch(() => {});
    await clock.advance(5001);
    await expect(late).rejects.toMatchObject({
      code: "KEY.UNAVAILABLE",
      message: expect.stringContaining("in time"),
    });
    const stop = new AbortController();
    const stopped = key.encrypt([clear("x")], stop.signal);
    stop.abort(new RangeError("the run ended"));
    await expect(stopped).rejects.toThrow("the run ended");
  });
});
