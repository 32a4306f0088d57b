import type { ClusterSession, HostState } from "@cassandra-rekey/cassandra";
import { describe, expect, test } from "vitest";
import { ClusterState, changingNodes, isRepairing, isStreaming } from "../src/cluster-state.ts";
import { HOLD_REASONS } from "../src/health-options.ts";

const { signal } = new AbortController();

test.each([
  ["NORMAL,-9223", []],
  ["BOOT,-1", ["10.0.0.4 is joining"]],
  ["BOOT_REPLACE,10.0.0.9:7000", ["10.0.0.4 is joining"]],
  ["LEAVING,-1", ["10.0.0.4 is leaving"]],
  ["MOVING,-1", ["10.0.0.4 is moving"]],
  ["shutdown,true", []],
])("gossip of a node that is %s", (status, expected) => {
  expect(changingNodes([{ address: "10.0.0.4", status: null, status_with_port: status }])).toEqual(expected);
  expect(changingNodes([{ address: "10.0.0.4", status }])).toEqual(expected);
});

test("repairs and streams that are over are none", () => {
  expect([
    isRepairing([{ completed: true }]),
    isRepairing([{ completed: true }, { completed: false }]),
  ]).toEqual([false, true]);
  expect(["init", "start", "success", "failure"].map((status) => isStreaming([{ status }]))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

describe("of a cluster", () => {
  /** Three nodes here, one down, and one in another data centre; `answers` by node and table. */
  function sessionOf(answers: (host: string, table: string) => readonly object[]) {
    const host = (address: string, dataCenter: string, up: boolean) =>
      ({ address, dataCenter, up, rack: "r", version: "5.0.9" }) satisfies HostState;
    const asked: string[] = [];
    const session = {
      localDc: "here",
      hosts: () => [
        host("a", "here", true),
        host("b", "here", true),
        host("c", "here", false),
        host("d", "there", true),
      ],
      rows: async (cql: string, _: unknown, options: { readonly host: string }) => {
        const table = /system_views\.(\w+)/.exec(cql)![1]!;
        asked.push(`${options.host} ${table}`);
        return answers(options.host, table);
      },
    };
    return { session: session as unknown as ClusterSession, asked };
  }

  test("each node that answers here is asked, and every trouble is a line", async () => {
    const { session, asked } = sessionOf((host, table) => {
      if (table === "repairs" && host === "b") return [{ completed: false }];
      return table === "streaming" && host === "a" ? [{ status: "start" }] : [];
    });
    const state = new ClusterState(session, HOLD_REASONS, 1_000);
    expect(await state.troubles(signal)).toEqual(["c is down", "a is streaming", "a repair is running on b"]);
    expect(asked).toEqual(["a gossip_info", "a repairs", "a streaming", "b repairs", "b streaming"]);
  });

  test("nobody is asked for nodes that are down: the driver knows", async () => {
    const { session, asked } = sessionOf(() => []);
    expect(await new ClusterState(session, ["node-down"], 1_000).troubles(signal)).toEqual(["c is down"]);
    expect(asked).toEqual([]);
  });
});
