import { spawn } from "node:child_process";
import { globSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

/** How a command ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command of the sandbox is started. */
export interface SandboxOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The exit code that is right; 0 when left out. */
  readonly expect?: number;
}

/** A host on which nothing is installed but Node and npm: its own home, its own PATH, and a registry. */
export class Sandbox {
  readonly home: string;
  /** Where `npm install --global` puts things. */
  readonly prefix: string;
  /** An empty directory, to work in. */
  readonly empty: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(
    folder: string,
    registry: string,
    { npm, cache }: { readonly npm: string; readonly cache: string },
  ) {
    this.home = join(folder, "home");
    this.prefix = join(folder, "prefix");
    this.empty = join(folder, "empty");
    const bin = join(folder, "bin");
    for (const made of [this.home, this.empty, bin]) mkdirSync(made, { recursive: true });
    // The workspace's own folder of programs must not be on the PATH; Node alone is taken from it.
    symlinkSync(process.execPath, join(bin, "node"));
    const { host } = new URL(registry);
    this.#env = {
      PATH: [join(this.prefix, "bin"), bin, dirname(npm), "/usr/bin", "/bin"].join(":"),
      HOME: this.home,
      npm_config_registry: registry,
      // Tarballs that were downloaded before need not be again; what is in them is checked all the same.
      npm_config_cache: cache,
      npm_config_update_notifier: "false",
      npm_config_fund: "false",
      npm_config_audit: "false",
      [`npm_config_//${host}/:_authToken`]: "rehearsal",
    };
  }

  /** Where `plugins install` puts things. */
  get data(): string {
    return join(this.home, ".local/share/cassandra-rekey");
  }

  /** Runs a command to its end; throws with its output when it ends otherwise than expected. */
  async run(command: string, args: readonly string[], options: SandboxOptions = {}): Promise<Ended> {
    const { cwd = this.empty, env = {}, expect = 0 } = options;
    const ended = await new Promise<Ended>((resolve, reject) => {
      const child = spawn(command, args, {
        cwd,
        env: { ...this.#env, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let [stdout, stderr] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (text) => {
        stdout += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text) => {
        stderr += text;
      });
      child.once("error", reject);
      child.once("close", (status) => resolve({ status, stdout, stderr }));
    });
    if (ended.status === expect) return ended;
    throw new Error(
      `${command} ${args.join(" ")} ended with ${ended.status}:\n${ended.stdout}${ended.stderr}`,
    );
  }

  /** Runs the installed command line and returns the object that `--json` printed. */
  // biome-ignore lint/suspicious/noExplicitAny: the caller looks into it and fails where it is not as expected.
  async json(args: readonly string[], options: SandboxOptions = {}): Promise<any> {
    const { stdout } = await this.run("cassandra-rekey", [...args, "--json"], options);
    return JSON.parse(stdout);
  }

  /** The versions of core that plugins brought, sorted. */
  coreVersions(): readonly string[] {
    const files = globSync("node_modules/**/@cassandra-rekey/core/package.json", { cwd: this.data });
    const versions = files.map(
      (file) => (JSON.parse(readFileSync(join(this.data, file), "utf8")) as { version: string }).version,
    );
    return [...new Set(versions)].sort();
  }
}
