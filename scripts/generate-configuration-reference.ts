import { configurationSchema } from "./generate-configuration.ts";

/** The few keywords of JSON Schema that the configuration's schema uses. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, Schema | true>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly allOf?: readonly { readonly if: Schema; readonly then: Schema }[];
}

interface Section {
  readonly path: string;
  readonly schema: Schema;
}

const INTRODUCTION = `# Configuration

Every setting of \`config.yaml\`, with the options of the plugins that the command line brings. Generated from the
[JSON Schema](configuration.schema.json), which \`cassandra-rekey config schema\` prints for your own plugins as well.

- A configuration has \`keys\`, or \`provider\`, its short form.
- Relative file names start at the folder of the configuration file.
- Secrets are never in the file: it names environment variables (\`env\`, \`…_env\`) or files (\`file\`, \`…_file\`).
- What is misspelt, missing or contradictory is reported all at once, each with its line: \`cassandra-rekey config check\`.`;

/** The reference of settings, written out of the JSON Schema. */
export async function configurationReference(): Promise<string> {
  const root = JSON.parse(await configurationSchema()) as Schema;
  const required = new Set(root.required);
  const sections = Object.entries(root.properties ?? {}).flatMap(([name, schema]) =>
    schema === true ? [] : sectionsOf(name, schema),
  );
  const overview = Object.entries(root.properties ?? {}).map(([name, schema]) =>
    schema === true
      ? ""
      : `| [\`${name}\`](#${name}) | ${required.has(name) ? "yes" : ""} | ${prose(schema)} |`,
  );
  return `${[
    INTRODUCTION,
    `| section | needed | |\n| --- | --- | --- |\n${overview.join("\n")}`,
    ...sections.map(page),
  ].join("\n\n")}\n`;
}

/** A group of settings with the groups inside it, then the options of each plugin part that may stand there. */
function sectionsOf(path: string, schema: Schema): readonly Section[] {
  if (sameAs(schema) !== undefined) return [{ path, schema }];
  const group = groupOf(schema);
  if (!group) return [];
  const below = Object.entries(group.properties ?? {}).flatMap(([name, inner]) =>
    inner === true ? [] : sectionsOf(`${path}.${name}`, inner),
  );
  const parts = (group.allOf ?? []).flatMap((part) => {
    const [key, named] = Object.entries(part.if.properties ?? {})[0] ?? [];
    const name = named === undefined || named === true ? "" : String(named.const);
    return [{ path: `${path} with ${key}: ${name}`, schema: part.then }];
  });
  return [{ path, schema: group }, ...below, ...parts];
}

/** The object that a setting is, holds in a list, or may be instead of something simpler. */
function groupOf(schema: Schema): Schema | undefined {
  if (schema.type === "object" && schema.properties) return schema;
  if (schema.type === "array" && schema.items?.properties) {
    return { ...schema.items, ...(schema.description && { description: schema.description }) };
  }
  const groups = (schema.anyOf ?? []).filter((branch) => branch.properties);
  // Several groups of one setting each, such as `{ env }` or `{ file }`, are a type and not a section.
  return groups.length === 1 ? groups[0] : undefined;
}

function page({ path, schema }: Section): string {
  const same = sameAs(schema);
  const settings = same === undefined ? optionTable(schema) : `Each has the settings of [${same}](#${same}).`;
  return [`## ${path}`, ...(schema.description ? [schema.description] : []), settings].join("\n\n");
}

/** The section that each of a group of names is like. */
function sameAs({ additionalProperties: each }: Schema): string | undefined {
  return typeof each === "object" ? each.$ref?.replace("#/properties/", "") : undefined;
}

/** The settings of a group as a table. */
export function optionTable(schema: Schema): string {
  const required = new Set(schema.required);
  const rows = Object.entries(schema.properties ?? {}).flatMap(([name, setting]) =>
    setting === true
      ? []
      : [
          `| \`${name}\`${required.has(name) ? " (needed)" : ""} | ${typeOf(setting)} | ${defaultOf(setting)} | ${prose(setting)} |`,
        ],
  );
  return `| setting | type | default | |\n| --- | --- | --- | --- |\n${rows.join("\n")}`;
}

function typeOf(schema: Schema): string {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices && !schema.type) return choices.map(typeOf).join(" or ");
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  switch (schema.type) {
    case "array":
      return `list of ${schema.items ? typeOf(schema.items).replace(/^group$/, "groups") : "values"}`;
    case "boolean":
      return "true or false";
    case "integer":
      return `whole number${boundsOf(schema)}`;
    case "number":
      return `number${boundsOf(schema)}`;
    case "object":
      return objectType(schema);
    default:
      return "text";
  }
}

function objectType(schema: Schema): string {
  const names = Object.keys(schema.properties ?? {});
  if (names.length === 1) return `\`{ ${names[0]} }\``;
  if (names.length === 0 && typeof schema.additionalProperties === "object")
    return `names with a ${typeOf(schema.additionalProperties)} each`;
  return "group";
}

function boundsOf({ minimum, exclusiveMinimum, maximum }: Schema): string {
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (exclusiveMinimum !== undefined) return `, more than ${count(exclusiveMinimum)}`;
  if (minimum !== undefined && most !== undefined) return `, ${count(minimum)} to ${count(most)}`;
  if (minimum !== undefined) return `, at least ${count(minimum)}`;
  return most === undefined ? "" : `, at most ${count(most)}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 6 });
}

function defaultOf(schema: Schema): string {
  const { default: value } = schema;
  if (value === undefined || (typeof value === "object" && Object.keys(value as object).length === 0))
    return "";
  return typeof value === "object"
    ? Object.entries(value as object)
        .map(([key, inner]) => `\`${key}: ${String(inner)}\``)
        .join(", ")
    : `\`${String(value)}\``;
}

function prose(schema: Schema): string {
  const text = schema.description ?? (schema.items?.description ? `Each: ${schema.items.description}` : "");
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
