import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import { openHook, scrape } from "./open-hook.ts";

describe("the endpoint", () => {
  it("listens on loopback alone unless it is told otherwise", async () => {
    const { hook, url } = await openHook();
    await using _ = hook;
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === "IPv4" && !one.internal)?.address;
    if (outside !== undefined) await expect(fetch(url!.replace("127.0.0.1", outside))).rejects.toThrow();
  });

  it("serves the text format at its path, and nothing else", async () => {
    const { hook, url } = await openHook({ path: "/m" });
    await using _ = hook;
    const response = await fetch(`${url}?x=1`);
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    expect(await response.text()).toContain("# TYPE cassandra_rekey_job_state gauge");
    expect((await fetch(url!, { method: "HEAD" })).status).toBe(200);
    expect((await fetch(url!, { method: "POST", body: "x" })).status).toBe(405);
    expect((await fetch(new URL("/", url))).status).toBe(404);
  });

  it("has the process' own metrics when it is asked for them", async () => {
    const { hook, url } = await openHook({ process_metrics: true });
    await using _ = hook;
    expect(await scrape(url)).toMatch(/^process_resident_memory_bytes \d+$/m);
  });

  it("takes the next port when another process has the first, and says so when none is left", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as AddressInfo;
    const { hook, url } = await openHook({ port, ports: 20 });
    await using _ = hook;
    expect(Number(new URL(url!).port)).toBeGreaterThan(port);
    await expect(openHook({ port, ports: 1 })).rejects.toMatchObject({
      code: "CONFIG.INVALID",
      message: `hook prometheus cannot listen on 127.0.0.1:${port}: EADDRINUSE`,
    });
    await new Promise((resolve) => taken.close(resolve));
  });

  it("gives its port back, also when somebody is still connected", async () => {
    const { hook, url } = await openHook();
    await scrape(url);
    await hook[Symbol.asyncDispose]();
    await expect(fetch(url!)).rejects.toThrow();
  });
});
