import { describe, expect, it } from "vitest";
import { Keyrings } from "../../src/keyring/keyrings.ts";
import { sealedBy, sealedCell, testKey } from "../test-keys.ts";

const { signal } = new AbortController();

describe("keyrings", () => {
  const keyrings = new Keyrings(
    { target: testKey("v2"), previous: [testKey("v1")] },
    new Map([["cards", { target: testKey("v2"), previous: [testKey("c1"), testKey("c0")] }]]),
  );
  const labels = () => keyrings.keys.map(({ label }) => label);

  it("list all their keys in one order, whichever opened most of late", async () => {
    const before = labels();
    expect(before).toEqual(["v2", "v1", "v2 of keyring cards", "c1 of keyring cards", "c0 of keyring cards"]);
    const cells = ["a", "b"].map((text) => sealedCell(sealedBy("v1", text)));
    await keyrings.of("keys").classify(cells, signal);
    expect(keyrings.of("keys").keys[0]!.version).toBe("v1");
    expect(labels()).toEqual(before);
  });

  it("are found by name, and open nothing of each other's", async () => {
    expect(keyrings.of("cards").previousVersions).toEqual(["c1", "c0"]);
    const [found] = await keyrings.of("keys").classify([sealedCell(sealedBy("c1", "a"))], signal);
    expect(found!.under).toBe("unknown");
    expect(() => keyrings.of("other")).toThrow(expect.objectContaining({ code: "INTERNAL.INVARIANT" }));
  });

  it("name their targets", () => {
    expect(keyrings.targets.map(({ label }) => label)).toEqual(["v2", "v2 of keyring cards"]);
  });
});
