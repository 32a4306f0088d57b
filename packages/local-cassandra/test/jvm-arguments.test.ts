import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { daemonArguments } from "../src/jvm/jvm-arguments.ts";

async function collectors(...more: readonly string[]): Promise<readonly string[]> {
  await using jars = await mkdtempDisposable(join(tmpdir(), "cassandra-rekey-jars-"));
  await writeFile(join(jars.path, "jamm-0.4.0.jar"), "");
  const setting = { javaMajor: 17, jars: jars.path, folder: "/node", heap: "768m", jmxPort: 7199, more };
  return daemonArguments(setting).filter((argument) => /Use\w+GC$/.test(argument));
}

it("takes the collector with the smallest footprint", async () => {
  expect(await collectors("-Dcassandra.x=1")).toEqual(["-XX:+UseSerialGC"]);
});

it("leaves the choice to whoever names one: the JVM takes no two", async () => {
  expect(await collectors("-XX:MaxGCPauseMillis=300", "-XX:+UseG1GC")).toEqual(["-XX:+UseG1GC"]);
});
