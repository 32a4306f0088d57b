import { expect, test } from "vitest";
import { controlConnection } from "../src/control-connection.ts";
import { useReal } from "./real-cluster.ts";

const cluster = useReal();

test("this release of the driver still has what its type declarations leave out", () => {
  const { protocolVersion, host, connection } = controlConnection(cluster.session.client);
  expect(protocolVersion).toBeGreaterThanOrEqual(4);
  expect(host?.datacenter).toBe(cluster.session.localDc);
  expect(connection?.close).toBeTypeOf("function");
});
