import { crc32c as independent } from "@aws-crypto/crc32c";
import fc from "fast-check";
import { expect, it } from "vitest";
import { crc32c } from "../src/crc32c.ts";

it("gives the check values of RFC 3720, appendix B.4", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
});

it("gives what another implementation gives", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => crc32c(bytes) === independent(bytes)));
});
