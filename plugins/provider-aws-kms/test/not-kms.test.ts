import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openTexts as open, sealTexts as seal } from "@cassandra-rekey/testkit";
import type { AwsKey } from "@cassandra-rekey/testkit/aws-kms";
import { afterEach, beforeEach, expect, it } from "vitest";
import { useAwsServer } from "./aws-server.ts";
import { openKey } from "./open-key.ts";

const aws = useAwsServer();
let key: AwsKey;
/** What lies before KMS, and answers in its place from the moment that it is told to. */
let proxy: ReturnType<typeof createServer>;
let endpoint: string;
let answer: { readonly status: number; readonly body: string } | undefined;

beforeEach(async () => {
  key = aws.newKey();
  answer = undefined;
  proxy = createServer(async (request, response) => {
    if (answer) {
      response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1" }).end(answer.body);
      return;
    }
    const headers = new Headers(request.headers as Record<string, string>);
    for (const name of ["host", "connection", "content-length"]) headers.delete(name);
    const body = Buffer.concat(await request.toArray());
    const reply = await fetch(aws.server.url, { method: "POST", headers, body });
    response.writeHead(reply.status, { "content-type": "application/x-amz-json-1.1" });
    response.end(await reply.text());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterEach(async () => {
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
});

const PAGE = "<html>Log in to go on</html>";

it.each([
  ["a page with 200", 200, PAGE, "KEY.UNAVAILABLE", /what answered is not AWS KMS \(HTTP 200\)/],
  ["a page with 502", 502, PAGE, "KEY.UNAVAILABLE", /what answered is not AWS KMS \(HTTP 502\)/],
  ["a page with 403", 403, PAGE, "KEY.REFUSED", /what answered is not AWS KMS \(HTTP 403\)/],
  ["a reply that was cut off", 200, '{"Plaintext":"AAAA', "KEY.UNAVAILABLE", /not AWS KMS \(HTTP 200\)/],
  ["an empty object", 200, "{}", "KEY.UNAVAILABLE", /the reply lacks what was asked for/],
  ["nothing", 200, "", "KEY.UNAVAILABLE", /the reply lacks what was asked for/],
  ["other types", 200, '{"Plaintext":1,"CiphertextBlob":{}}', "KEY.UNAVAILABLE", /lacks what was asked for/],
])("%s says nothing about any cell", async (_, status, body, code, message) => {
  const options = { ...aws.for(key), endpoint, max_attempts: 1, data_keys: { max_cells: 1 } };
  await using subject = await openKey(options);
  const sealed = await seal(subject, ["a plaintext"]);
  await using reader = await openKey(options);
  answer = { status, body };
  const failure = {
    code,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/heck the key's endpoint/),
  };
  await expect(seal(subject, ["another"])).rejects.toMatchObject(failure);
  await expect(open(reader, sealed)).rejects.toMatchObject(failure);
  await expect(openKey(options)).rejects.toMatchObject(failure);
  answer = undefined;
  expect(await open(reader, sealed)).toEqual(["a plaintext"]);
});
