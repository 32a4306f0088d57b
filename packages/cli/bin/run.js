#!/usr/bin/env -S node --heap-growing-percent=40 --max-semi-space-size=8
// What an older Node cannot even load is imported only once its version is known.
const [major] = process.versions.node.split(".");
if (Number(major) >= 24) {
  const { main } = await import("../dist/main.js");
  await main(import.meta.url);
} else {
  const message = `cassandra-rekey needs Node 24 or newer, and this is Node ${process.versions.node}`;
  const hint = "Put Node 24 first on the PATH, or install it.";
  if (process.argv.includes("--json"))
    process.stdout.write(`${JSON.stringify({ error: { code: "USAGE.INVALID", message, hint } })}\n`);
  else process.stderr.write(`Error [USAGE.INVALID]: ${message}\nNext: ${hint}\n`);
  process.exitCode = 2;
}
