// Builds the site of the documentation, and fails when a link of it leads nowhere: `pnpm docs:build`.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const site = join(root, "docs/.vitepress/dist");

const built = spawnSync(join(root, "docs/node_modules/.bin/vitepress"), ["build", "docs"], {
  cwd: root,
  stdio: "inherit",
});
if (built.status !== 0) process.exit(built.status ?? 1);

const pages = globSync("**/*.html", { cwd: site }).filter((page) => page !== "404.html");
const anchors = new Map(pages.map((page) => [page, anchorsOf(page)]));
const broken = pages.flatMap((page) => linksOf(page).flatMap((link) => problemOf(page, link)));
for (const line of broken) console.error(line);
console.log(`${pages.length} pages, ${broken.length} broken links`);
process.exit(broken.length === 0 && pages.length > 30 ? 0 : 1);

function anchorsOf(page: string): ReadonlySet<string> {
  return new Set(
    [...readFileSync(join(site, page), "utf8").matchAll(/ id="([^"]+)"/g)].map(([, id = ""]) => id),
  );
}

function linksOf(page: string): readonly string[] {
  const links = [...readFileSync(join(site, page), "utf8").matchAll(/<a [^>]*?href="([^"]+)"/g)];
  return [...new Set(links.map(([, href = ""]) => href.replaceAll("&amp;", "&")))];
}

/** What is wrong with a link, one line; files that are no pages are brought to where it leads. */
function problemOf(page: string, link: string): readonly string[] {
  if (/^[a-z]+:/.test(link)) return [];
  const [path = "", anchor] = decodeURI(link).split("#");
  const target = path === "" ? page : posix.join(path.startsWith("/") ? "." : posix.dirname(page), path);
  const file = [target, `${target}.html`, posix.join(target, "index.html")].find((candidate) =>
    anchors.has(candidate),
  );
  if (file === undefined) return bring(target) ? [] : [`${page}: ${link}: there is no such page`];
  return anchor === undefined || anchor === "" || anchors.get(file)!.has(anchor)
    ? []
    : [`${page}: ${link}: ${file} has no heading for it`];
}

function bring(file: string): boolean {
  // The router would take a name without an extension for a page.
  const source = [file, file.replace(/\.txt$/, "")]
    .map((name) => join(root, name))
    .find((name) => existsSync(name));
  if (source === undefined || !/\.(json|ya?ml|ts)$|\/LICENSE$/.test(source)) return false;
  mkdirSync(dirname(join(site, file)), { recursive: true });
  copyFileSync(source, join(site, file));
  return true;
}
