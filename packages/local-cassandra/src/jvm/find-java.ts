import { join } from "node:path";
import type { WantedCassandra } from "../options.ts";
import { runCommand } from "../run-command.ts";

/** A Java that can run the wanted version. */
export interface Java {
  readonly command: string;
  readonly keytool: string;
  readonly major: number;
}

/** The Java release that runs a version of Cassandra. */
export function requiredJava(version: string): number {
  return version.startsWith("4.") ? 11 : 17;
}

/** Looks at `javaHome`, or else at `JAVA_HOME` and the PATH. */
export async function findJava(
  wanted: WantedCassandra,
): Promise<({ readonly kind: "found" } & Java) | { readonly kind: "missing"; readonly obstacle: string }> {
  const required = requiredJava(wanted.version);
  const homes = wanted.javaHome ? [wanted.javaHome] : [process.env.JAVA_HOME, ""];
  const others: string[] = [];
  for (const home of homes) {
    if (home === undefined) continue;
    const bin = (name: string) => (home === "" ? name : join(home, "bin", name));
    const { code, output } = await runCommand(bin("java"), ["-version"]);
    const major = code === 0 ? Number(/version "(?:1\.)?(\d+)/.exec(output)?.[1] ?? 0) : 0;
    if (major === required) return { kind: "found", command: bin("java"), keytool: bin("keytool"), major };
    if (major > 0) others.push(`Java ${major}`);
  }
  const instead = others.length > 0 ? `; only ${[...new Set(others)].join(" and ")}` : "";
  return { kind: "missing", obstacle: `no Java ${required}${instead}` };
}
