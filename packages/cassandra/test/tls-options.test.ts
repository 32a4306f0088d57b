import { checkServerIdentity } from "node:tls";
import { expect, test } from "vitest";
import { tlsOptions } from "../src/tls-options.ts";

test("chain and host name are verified unless that is turned off", () => {
  expect(tlsOptions({ checkHostname: true })).toEqual({ rejectUnauthorized: true, checkServerIdentity });
});

test("without the host name the chain is still verified", () => {
  const options = tlsOptions({ checkHostname: false });
  expect(options.rejectUnauthorized).toBe(true);
  expect(options.checkServerIdentity?.("elsewhere", { subjectaltname: "DNS:here" } as never)).toBeUndefined();
});

test("certificates, key and passphrase are passed on, and nothing that was not given", () => {
  const material = { ca: Buffer.from("ca"), cert: "cert", key: "key", passphrase: "pw" };
  expect(tlsOptions({ ...material, checkHostname: true })).toMatchObject(material);
  expect(Object.keys(tlsOptions({ ca: "ca", checkHostname: true }))).not.toContain("cert");
});
