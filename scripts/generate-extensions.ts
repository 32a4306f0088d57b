import { globSync } from "node:fs";
import {
  buildPluginIndex,
  describeExtension,
  type ExtensionDescription,
  listExtensions,
  type PartKind,
} from "../packages/engine/dist/index.js";
import { optionTable } from "./generate-configuration-reference.ts";

const INTRODUCTION = `# Extensions

Every provider, state store, throttle and hook of this project, with its options. Generated from their schemas;
\`cassandra-rekey extensions show NAME\` prints the same for what is installed, other people's included. Those that do not
come with the command line are added by \`cassandra-rekey plugins install\`.`;

const HEADINGS: Readonly<Record<PartKind, string>> = {
  providers: "Providers",
  stateStores: "State stores",
  throttles: "Throttles",
  hooks: "Hooks",
};

/** The reference of extensions. */
export async function extensionReference(): Promise<string> {
  const index = buildPluginIndex(
    globSync("plugins/*/package.json").map((packageJson) => ({ packageJson, origin: packageJson })),
  );
  const described = await Promise.all(
    listExtensions(index).map(({ name, kind }) => describeExtension(index, name, { kind })),
  );
  const groups = Map.groupBy(described, ({ kind }) => kind);
  const pages = [...groups].flatMap(([kind, found]) => [`## ${HEADINGS[kind]}`, ...found.map(page)]);
  return `${[INTRODUCTION, ...pages].join("\n\n")}\n`;
}

function page({ name, package: owner, options, exampleText }: ExtensionDescription): string {
  const folder = owner.slice(owner.indexOf("/") + 1);
  return [
    `### ${name}`,
    `In [\`${owner}\`](../../plugins/${folder}/README.md).`,
    ...(Object.keys((options["properties"] ?? {}) as object).length > 0
      ? [optionTable(options)]
      : ["It has no options."]),
    `\`\`\`yaml\n${exampleText}\`\`\``,
  ].join("\n\n");
}
