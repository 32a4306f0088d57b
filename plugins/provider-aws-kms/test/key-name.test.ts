import { describe, expect, it } from "vitest";
import { nameInRegion, parseArn, stableName } from "../src/key-name.ts";

const SINGLE = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const MULTI = "arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab";

describe("names of keys", () => {
  it("ARNs are told from ids and aliases", () => {
    expect(parseArn(SINGLE)).toMatchObject({
      partition: "aws",
      region: "eu-west-1",
      account: "111122223333",
    });
    expect(parseArn("arn:aws:kms:eu-west-1:111122223333:alias/app")).toMatchObject({ resource: "alias/app" });
    for (const other of ["alias/app", "1234abcd", "arn:aws:s3:::bucket", `${SINGLE} `.trim().slice(0, 30)])
      expect(parseArn(other)).toBeUndefined();
  });

  it("a multi-region key has one name everywhere, any other key its own", () => {
    expect(stableName(SINGLE)).toBe(SINGLE);
    expect(stableName(MULTI)).toBe(MULTI.replace("cn-north-1", "*"));
    expect(stableName(MULTI.replace("cn-north-1", "cn-northwest-1"))).toBe(stableName(MULTI));
  });

  it("calls name a multi-region key in their own region", () => {
    expect(nameInRegion(MULTI, "cn-northwest-1")).toContain(":cn-northwest-1:");
    expect(nameInRegion(SINGLE, "eu-west-1")).toBe(SINGLE);
    expect(nameInRegion("alias/app", "eu-west-1")).toBe("alias/app");
    expect(() => nameInRegion(SINGLE, "us-east-2")).toThrow("is not in region us-east-2");
  });
});
