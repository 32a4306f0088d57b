import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { openTexts as open, sealTexts as seal } from "@cassandra-rekey/testkit";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { useAwsServer } from "./aws-server.ts";
import { openKey } from "./open-key.ts";

const aws = useAwsServer();

describe("a key is found", () => {
  it("by id, ARN, alias and alias ARN: all are the same key", async () => {
    const key = aws.newKey();
    aws.server.keys.alias("alias/app", key);
    const at = { endpoint: aws.server.url, region: "eu-west-1" };
    await using byArn = await openKey(aws.for(key));
    const sealed = await seal(byArn, ["x"]);
    for (const key_id of [key.id, "alias/app", key.arn.replace(`key/${key.id}`, "alias/app")]) {
      await using found = await openKey({ ...at, key_id });
      expect(found.identify!(sealed[0]!)).toBe("mine");
      expect(await open(found, sealed)).toEqual(["x"]);
    }
  });

  it("once: an alias that moves does not change the key of a job under way", async () => {
    const [before, after] = [aws.newKey(), aws.newKey()];
    aws.server.keys.alias("alias/moving", before);
    const options = { endpoint: aws.server.url, region: "eu-west-1", key_id: "alias/moving" };
    await using found = await openKey(options);
    aws.server.keys.alias("alias/moving", after);
    const sealed = await seal(found, ["x"]);
    await using first = await openKey(aws.for(before));
    expect(await open(first, sealed)).toEqual(["x"]);
    await using later = await openKey(options);
    expect(later.identify!(sealed[0]!)).toBe("foreign");
  });

  it("without kms:DescribeKey, when its ARN is given", async () => {
    const key = aws.newKey();
    aws.server.keys.alias("alias/hidden", key);
    const end = aws.server.fault({ kind: "forbidden" }, { operations: ["DescribeKey"] });
    onTestFinished(end);
    await using found = await openKey(aws.for(key));
    expect(await open(found, await seal(found, ["x"]))).toEqual(["x"]);
    await expect(
      openKey({ ...aws.for(key), key_id: "alias/hidden", region: "eu-west-1" }),
    ).rejects.toMatchObject({ code: "KEY.REFUSED", hint: expect.stringContaining("kms:DescribeKey") });
  });

  it("in any region of a multi-region key; cells written in one are read in another without a call to tell", async () => {
    const primary = aws.server.keys.create("eu-west-1", { multiRegion: true });
    aws.server.keys.replicate(primary, "us-east-2");
    await using ireland = await openKey(aws.for(primary));
    await using ohio = await openKey({ ...aws.for(primary), region: "us-east-2" });
    const sealed = await seal(ireland, ["x"]);
    expect(ohio.identify!(sealed[0]!)).toBe("mine");
    expect(await open(ohio, sealed)).toEqual(["x"]);
    const single = aws.newKey();
    await expect(openKey({ ...aws.for(single), region: "us-east-2" })).rejects.toMatchObject({
      code: "CONFIG.INVALID",
      message: expect.stringContaining("is not in region us-east-2"),
    });
  });

  it("after a rotation of its material, with all that was written before", async () => {
    const key = aws.newKey();
    await using before = await openKey(aws.for(key));
    const sealed = await seal(before, ["x"]);
    aws.server.keys.rotate(key);
    await using after = await openKey(aws.for(key));
    expect(await open(after, [...sealed, ...(await seal(after, ["y"]))])).toEqual(["x", "y"]);
  });
});

describe("the AWS environment", () => {
  it("a profile brings its region and its credentials", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rekey-aws-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const profile = "[profile vault]\nregion = us-east-2\naws_access_key_id = A\naws_secret_access_key = B\n";
    await writeFile(join(folder, "config"), profile);
    vi.stubEnv("AWS_CONFIG_FILE", join(folder, "config"));
    vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
    onTestFinished(() => void vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIATEST"));
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(folder, "none"));
    const key = aws.server.keys.create("us-east-2");
    const options = { endpoint: aws.server.url, key_id: key.id, profile: "vault" };
    await using found = await openKey(options);
    expect(await open(found, await seal(found, ["x"]))).toEqual(["x"]);
    await expect(openKey({ ...options, profile: "none" })).rejects.toMatchObject({
      code: "CONFIG.INVALID",
      message: expect.stringContaining("no region"),
    });
  });

  it("a profile that assumes a role asks the token service for it, and calls with what that gave", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rekey-aws-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const role = "arn:aws:iam::111122223333:role/rekey";
    const profiles = `[profile base]\naws_access_key_id = A\naws_secret_access_key = B\n
[profile vault]\nregion = us-east-2\nrole_arn = ${role}\nsource_profile = base\n`;
    await writeFile(join(folder, "config"), profiles);
    const asked: string[] = [];
    const tokens = createServer(async (request, response) => {
      asked.push(await text(request));
      response.writeHead(200, { "content-type": "text/xml" }).end(`<AssumeRoleResponse
        xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
        <AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
        <Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`);
    });
    await new Promise<void>((resolve) => tokens.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void tokens.close());
    vi.stubEnv("AWS_ENDPOINT_URL_STS", `http://127.0.0.1:${(tokens.address() as AddressInfo).port}`);
    vi.stubEnv("AWS_CONFIG_FILE", join(folder, "config"));
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(folder, "none"));
    vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
    onTestFinished(() => void vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIATEST"));
    const key = aws.server.keys.create("us-east-2");
    await using found = await openKey({ endpoint: aws.server.url, key_id: key.id, profile: "vault" });
    expect(await open(found, await seal(found, ["x"]))).toEqual(["x"]);
    expect(asked).toHaveLength(1);
    expect(new URLSearchParams(asked[0]).get("RoleArn")).toBe(role);
  });

  it("no credentials anywhere is told as such, at the start", async () => {
    const key = aws.newKey();
    vi.stubEnv("AWS_ACCESS_KEY_ID", "");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/none");
    vi.stubEnv("AWS_CONFIG_FILE", "/none");
    onTestFinished(() => void vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIATEST"));
    await expect(openKey(aws.for(key))).rejects.toMatchObject({
      code: "KEY.REFUSED",
      message: expect.stringContaining("no AWS credentials were found"),
    });
  });
});

describe("calls to KMS", () => {
  it("one data key for a page of cells, and none for the next", async () => {
    const key = aws.newKey();
    await using subject = await openKey(aws.for(key));
    aws.server.calls.clear();
    const page = Array.from({ length: 2000 }, (_, index) => `cell ${index}`);
    const sealed = [...(await seal(subject, page)), ...(await seal(subject, page))];
    expect(await open(subject, sealed)).toEqual([...page, ...page]);
    expect(aws.server.calls.of("GenerateDataKey")).toBe(1);
    expect(aws.server.calls.of("Decrypt")).toBe(1);
    expect(subject.usage!()).toEqual({
      calls: 2,
      cellsPerCall: 32_768,
      price: { per10000: 0.03, currency: "USD", source: expect.stringContaining("aws.amazon.com") },
    });
  });

  it("as the limits say", async () => {
    const key = aws.newKey();
    const limits = { data_keys: { max_cells: 10 }, price_per_10000: 0.15 };
    await using subject = await openKey({ ...aws.for(key), ...limits });
    await seal(
      subject,
      Array.from({ length: 35 }, () => "x"),
    );
    expect(subject.usage!()).toMatchObject({ calls: 8, cellsPerCall: 5, price: { per10000: 0.15 } });
  });
});
