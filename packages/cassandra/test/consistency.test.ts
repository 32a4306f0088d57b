import cassandra from "cassandra-driver";
import { expect, test } from "vitest";
import { consistencyCode } from "../src/consistency.ts";

const { consistencies } = cassandra.types;

test("a level has the protocol's code, however it is written", () => {
  expect(consistencyCode("LOCAL_QUORUM")).toBe(consistencies.localQuorum);
  expect(consistencyCode("local_quorum")).toBe(consistencies.localQuorum);
  expect(consistencyCode("ANY")).toBe(consistencies.any);
  expect(consistencyCode("EACH_QUORUM")).toBe(consistencies.eachQuorum);
  expect(consistencyCode("LOCAL_SERIAL")).toBe(consistencies.localSerial);
  expect(consistencyCode("ONE")).toBe(consistencies.one);
});

test("anything else is refused by name", () => {
  for (const name of ["", "MOST", "LOCALQUORUM", "TO_STRING", "constructor"]) {
    expect(() => consistencyCode(name)).toThrow(`"${name}" is not a consistency level`);
  }
});
