import { afterAll, beforeAll, expect, test } from "vitest";
import { controlConnection } from "../src/control-connection.ts";
import { openReal, type RealCluster } from "./real-cluster.ts";

let cluster: RealCluster;
beforeAll(async () => {
  cluster = await openReal();
});
afterAll(async () => await cluster?.[Symbol.asyncDispose]());

test("this release of the driver still has what its type declarations leave out", () => {
  const { protocolVersion, host, connection } = controlConnection(cluster.session.client);
  expect(protocolVersion).toBeGreaterThanOrEqual(4);
  expect(host?.datacenter).toBe(cluster.session.localDc);
  expect(connection?.close).toBeTypeOf("function");
});
