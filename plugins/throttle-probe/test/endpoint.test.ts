import { ManualClock } from "@cassandra-rekey/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Endpoint } from "../src/endpoint.ts";
import { AnsweringServer } from "./answering-server.ts";

let server: AnsweringServer;
beforeAll(async () => {
  server = await AnsweringServer.start();
});
beforeEach(() => {
  server.asked.length = 0;
});
afterAll(() => server[Symbol.asyncDispose]());

const { signal } = new AbortController();
const clock = new ManualClock();

function ask(
  options: { query?: string; field?: string; threshold?: number; url?: string } = {},
  token?: string,
) {
  return new Endpoint({ url: server.url, timeout_ms: 2_000, ...options }, token, clock).ask(signal);
}

describe("a number", () => {
  const value = (text: string, field?: string) => {
    server.says(text);
    return ask({ threshold: 1, ...(field !== undefined && { field }) });
  };

  test("is the whole answer, or a field of it", async () => {
    expect(await value(" 0.75\n")).toEqual({ kind: "value", value: 0.75 });
    expect(await value('{"nodes":[{"p99":61}]}', "nodes.0.p99")).toEqual({ kind: "value", value: 61 });
  });

  test.each([
    ["", undefined, "the answer is no number"],
    ["fine", undefined, "the answer is no number"],
    ["1e999", undefined, "the answer is no number"],
    ["{}", "p99", "the answer has no p99"],
    ['{"p99":"61"}', "p99", "p99 of the answer is no number"],
    ["{}", "constructor", "the answer has no constructor"],
    ["not json", "p99", "the answer has no p99"],
  ])("%j with field %j is a failure", async (text, field, why) => {
    expect(await value(text, field)).toEqual({ kind: "failure", why });
  });
});

describe("Prometheus", () => {
  const answer = (data: unknown) => server.says(JSON.stringify({ status: "success", data }));

  test("is asked by its API, below the path that it has", async () => {
    answer({ resultType: "scalar", result: [1, "3.5"] });
    expect(await ask({ url: `${server.url}/prom/`, query: 'rate(x{a="b"}[1m])', threshold: 1 })).toEqual({
      kind: "value",
      value: 3.5,
    });
    const { pathname, searchParams } = new URL(server.asked[0]!.url, server.url);
    expect(pathname).toBe("/prom/api/v1/query");
    expect(searchParams.get("query")).toBe('rate(x{a="b"}[1m])');
  });

  test("the largest value of a vector counts", async () => {
    const result = [{ value: [1, "0.2"] }, { value: [1, "NaN"] }, { value: [1, "0.9"] }];
    answer({ resultType: "vector", result });
    expect(await ask({ query: "x", threshold: 1 })).toEqual({ kind: "value", value: 0.9 });
  });

  test.each([
    [{ resultType: "vector", result: [] }, "the query has no result"],
    [{ resultType: "vector", result: [{ value: [1, "NaN"] }, {}] }, "the query has no result"],
    [{ resultType: "matrix", result: [{ values: [] }] }, "the query has no result"],
    [undefined, "the query has no result"],
  ])("%j is a failure", async (data, why) => {
    answer(data);
    expect(await ask({ query: "x", threshold: 1 })).toEqual({ kind: "failure", why });
  });

  test("an error of the query is a failure", async () => {
    server.says('{"status":"error","error":"parse error"}');
    expect(await ask({ query: "x", threshold: 1 })).toEqual({ kind: "failure", why: "the query failed" });
  });
});

describe("without a threshold the status decides", () => {
  test.each([
    [200, { kind: "status", status: 200, free: true }],
    [204, { kind: "status", status: 204, free: true }],
    [429, { kind: "status", status: 429, free: false }],
    [503, { kind: "status", status: 503, free: false }],
    [404, { kind: "failure", why: "HTTP 404" }],
    [500, { kind: "failure", why: "HTTP 500" }],
  ])("%d", async (status, expected) => {
    server.says("", status);
    expect(await ask()).toEqual(expected);
  });
});

describe("an endpoint that cannot be asked", () => {
  test("answers with an error: a failure even with a number in it", async () => {
    server.says("0.1", 503);
    expect(await ask({ threshold: 1 })).toEqual({ kind: "failure", why: "HTTP 503" });
  });

  test("is not there", async () => {
    const gone = await AnsweringServer.start();
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    expect(await ask({ url, threshold: 1 })).toEqual({ kind: "failure", why: "ECONNREFUSED" });
  });

  test("answers without end: what is too large is not read", async () => {
    server.answer = (response) => {
      const more = () => {
        while (response.writable && response.write("1".repeat(10_000)));
      };
      response.on("drain", more);
      more();
    };
    expect(await ask({ threshold: 1 })).toEqual({ kind: "failure", why: "the answer is too large" });
  });

  test("does not answer in time, before or after it began", async () => {
    for (const begin of [false, true]) {
      const asked = Promise.withResolvers<void>();
      server.answer = (response) => {
        if (begin) response.write("0.");
        asked.resolve();
      };
      const answer = ask({ threshold: 1 });
      await asked.promise;
      await clock.advance(2_001);
      expect(await answer).toEqual({ kind: "failure", why: "no answer within 2000 ms" });
    }
  });

  test("sends elsewhere: nobody goes there, least of all with the token", async () => {
    await using other = await AnsweringServer.start();
    server.answer = (response) => response.writeHead(302, { location: other.url }).end();
    expect(await ask({ threshold: 1 }, "secret")).toMatchObject({ kind: "failure" });
    expect(server.asked[0]!.authorization).toBe("Bearer secret");
    expect(other.asked).toEqual([]);
  });
});
