import { expect, it } from "vitest";
import { awsKmsOptions } from "../src/index.ts";

it.each([
  [{ key_id: "alias/app" }, true],
  [
    { key_id: "alias/app", region: "eu-west-1", endpoint: "https://vpce-1.kms.eu-west-1.vpce.amazonaws.com" },
    true,
  ],
  [{ key_id: "alias/app", endpoint: "http://127.0.0.1:9000" }, true],
  [{ key_id: "alias/app", endpoint: "http://kms.example.com" }, false],
  [{ key_id: "alias/app", endpoint: "kms.example.com" }, false],
  [{ key_id: "alias/app", region: "Ireland" }, false],
  [{ key_id: "alias/app", format: "fernet" }, false],
  [{ key_id: "alias/app", secret_access_key: "x" }, false],
  [{ key_id: "" }, false],
  [{}, false],
])("%o: %s", (options, accepted) => {
  expect(awsKmsOptions.safeParse(options).success).toBe(accepted);
});
