import { existsSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { defineConfig } from "vitepress";

const ROOT = resolve(import.meta.dirname, "../..");

/** The parts of the pages' tokens that are used here. */
interface Token {
  readonly type: string;
  readonly children: readonly Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

// The whole repository is the source, so that links between docs and packages are the same here and there.
export default defineConfig({
  title: "cassandra-rekey",
  description: "Rotates the keys of encrypted columns in Apache Cassandra tables, in place.",
  srcDir: ROOT,
  outDir: resolve(import.meta.dirname, "dist"),
  cacheDir: resolve(import.meta.dirname, "cache"),
  srcExclude: ["**/node_modules/**", "**/dist/**", "**/templates/**", ".changeset/**", "**/CHANGELOG.md"],
  rewrites: (id) => id.replace(/(^|\/)README\.md$/, "$1index.md"),
  markdown: {
    anchor: { slugify: githubSlug },
    config(md) {
      md.core.ruler.push(
        "repository-links",
        ({ tokens, env }: { tokens: Token[]; env: { relativePath: string } }) => {
          for (const token of tokens.flatMap(({ children }) => children ?? [])) {
            const href = token.type === "link_open" ? token.attrGet("href") : null;
            if (href !== null) token.attrSet("href", siteLink(href, env.relativePath));
          }
        },
      );
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    sidebar: [
      {
        text: "Use it",
        items: [
          { text: "Overview", link: "/" },
          { text: "Getting started", link: "/docs/getting-started" },
          { text: "Operations", link: "/docs/operations" },
          { text: "Doctor", link: "/docs/doctor" },
          { text: "The data model", link: "/docs/data-model" },
          { text: "Security", link: "/docs/security" },
          { text: "From the Python tool", link: "/docs/from-the-python-tool" },
        ],
      },
      {
        text: "Build on it",
        items: [
          { text: "Writing a plugin", link: "/docs/writing-a-plugin" },
          { text: "… a provider", link: "/docs/plugins/provider" },
          { text: "… a state store", link: "/docs/plugins/state-store" },
          { text: "… a throttle", link: "/docs/plugins/throttle" },
          { text: "… a hook", link: "/docs/plugins/hook" },
          { text: "Versions of the interfaces", link: "/docs/api-versions" },
          { text: "Embedding", link: "/packages/engine/" },
          { text: "Testkit", link: "/packages/testkit/" },
        ],
      },
      {
        text: "Reference",
        items: [
          { text: "Command line", link: "/docs/reference/cli" },
          { text: "Configuration", link: "/docs/reference/configuration" },
          { text: "Extensions", link: "/docs/reference/extensions" },
          { text: "Errors", link: "/docs/reference/errors" },
        ],
      },
      {
        text: "Why it is right",
        items: [
          { text: "How cells are written", link: "/docs/how-cells-are-written" },
          { text: "Architecture", link: "/docs/architecture" },
          { text: "Formats", link: "/docs/formats/" },
          { text: "Decisions", link: "/docs/decisions/" },
        ],
      },
    ],
  },
});

/** A link of the repository as a link of the site: READMEs are the index of their folder, other files stay where they are. */
function siteLink(href: string, page: string): string {
  if (/^([a-z]+:|#|\/)/.test(href)) return href;
  const [path = "", anchor] = href.split("#");
  const hash = anchor === undefined ? "" : `#${anchor}`;
  if (/(^|\/)README\.md$/.test(path)) return `${path.replace(/README\.md$/, "index.md")}${hash}`;
  if (path.endsWith(".md")) return href;
  const target = posix.join(posix.dirname(page), path);
  if (existsSync(join(ROOT, target, "README.md"))) return `${path.replace(/\/$/, "")}/index.md${hash}`;
  // Files that are no pages are copied beside them (scripts/build-docs.ts); the router must leave them alone.
  return `/${target}${posix.extname(target) === "" ? ".txt" : ""}`;
}

/** Anchors as GitHub makes them, which the pages' links are written for. */
function githubSlug(heading: string): string {
  return heading
    .replaceAll(/[`*]/g, "")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}
