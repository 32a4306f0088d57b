// Before publishing: writes where the sources are into each package.json, as the workflow's own environment says it. The
// registry compares it with the provenance statement. Nothing is committed.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
if (!server || !repository) {
  console.error(
    "GITHUB_SERVER_URL and GITHUB_REPOSITORY are needed: releases are made by the publish workflow",
  );
  process.exit(2);
}
for (const file of globSync(["packages/*/package.json", "plugins/*/package.json"])) {
  const manifest = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  manifest["repository"] = { type: "git", url: `git+${server}/${repository}.git`, directory: dirname(file) };
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
