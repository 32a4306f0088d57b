import { execFile } from "node:child_process";

/** The files that `npm publish` would take, or why npm could not tell. */
export function packedFiles(folder: string): Promise<readonly string[] | { readonly problem: string }> {
  return new Promise((resolve) => {
    // Scripts are left out: a prepack that builds would change what is being checked.
    const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
    execFile("npm", args, { cwd: folder, timeout: 60_000 }, (error, stdout, stderr) => {
      try {
        const [packed] = JSON.parse(stdout) as readonly { files: readonly { path: string }[] }[];
        resolve(packed!.files.map(({ path }) => path));
      } catch {
        resolve({
          problem: `npm cannot pack it: ${(stderr || error?.message || stdout).trim().slice(0, 500)}`,
        });
      }
    });
  });
}

/** What is wrong with the list of files, given the entry. */
export function fileProblems(files: readonly string[], entry: string | undefined): readonly string[] {
  const problems: string[] = [];
  if (entry !== undefined && !files.includes(entry.slice("./".length))) {
    problems.push(`the entry ${entry} is not among the files that would be published`);
  }
  if (!files.some((file) => /^readme(\.|$)/i.test(file))) problems.push("there is no README");
  const secrets = files.filter((file) => /(^|\/)(\.env|\.npmrc)$|\.(pem|key|p12)$/.test(file));
  for (const file of secrets) problems.push(`${file} would be published, and may hold a secret`);
  return problems;
}
