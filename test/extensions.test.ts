import { globSync } from "node:fs";
import { join } from "node:path";
import { buildPluginIndex, describeExtension, listExtensions, loadPart } from "@cassandra-rekey/engine";
import { describe, expect, it } from "vitest";
import { ROOT } from "./documentation.ts";

const index = buildPluginIndex(
  globSync("plugins/*/package.json", { cwd: ROOT }).map((file) => ({
    packageJson: join(ROOT, file),
    origin: file,
  })),
);
const extensions = listExtensions(index);

describe("our extensions", () => {
  it("are all in packages of ours that hints know", () => {
    expect(extensions.length).toBeGreaterThan(8);
  });

  it.each(extensions.map((found) => [found.kind, found.name] as const))(
    "show an example that their own schema accepts: %s %s",
    async (kind, name) => {
      const { options } = await loadPart(index, kind, name);
      const { example } = await describeExtension(index, name, { kind });
      const settings = Object.values(example)[0] as { readonly target?: object };
      const { type, provider, version, ...own } = (
        Array.isArray(settings) ? settings[0] : (settings.target ?? settings)
      ) as Record<string, unknown>;
      expect([type, provider]).toContain(name);
      expect(version).toBe(kind === "providers" ? "v2" : undefined);
      expect(await options["~standard"].validate(own)).not.toHaveProperty("issues");
      expect(JSON.stringify(example)).not.toContain("…");
    },
  );
});
