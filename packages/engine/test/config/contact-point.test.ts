import { describe, expect, it } from "vitest";
import { parseContactPoint } from "../../src/config/contact-point.ts";

describe("a contact point", () => {
  it.each([
    ["cass-1", "cass-1", 9042],
    ["cass-1.example.com:9142", "cass-1.example.com", 9142],
    ["10.0.0.7", "10.0.0.7", 9042],
    ["10.0.0.7:1", "10.0.0.7", 1],
    ["::1", "::1", 9042],
    ["[::1]", "::1", 9042],
    ["[fe80::1%eth0]:65535", "fe80::1%eth0", 65_535],
    ["2001:db8::10.0.0.1", "2001:db8::10.0.0.1", 9042],
  ])("%s", (text, host, port) => {
    expect(parseContactPoint(text, 9042)).toEqual({ host, port });
  });

  it.each(["", "a:0", "a:65536", "a:port", "a b", "http://a", "a:1:2:x", "[::1", "::1]:1", "a,b", "a/b"])(
    "%j is none",
    (text) => {
      expect(parseContactPoint(text, 9042)).toBeUndefined();
    },
  );
});
