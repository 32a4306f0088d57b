import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../free-port.ts";

const VERDACCIO = resolve(import.meta.dirname, "../node_modules/.bin/verdaccio");
/** What is ours never comes from elsewhere, and never goes there. */
const OURS = ["cassandra-rekey", "create-cassandra-rekey-plugin", "@cassandra-rekey/*", "@acme/*"];
const PATIENCE_MS = 60_000;

/** A registry on loopback, for as long as it is not disposed of. */
export interface LocalRegistry extends AsyncDisposable {
  readonly url: string;
  /** Where its tarballs are: `<name>/*.tgz`. */
  readonly storage: string;
}

/** Starts Verdaccio over an empty storage; what is not ours comes from `uplink`. */
export async function startRegistry(folder: string, uplink: string): Promise<LocalRegistry> {
  const storage = join(folder, "storage");
  mkdirSync(storage, { recursive: true });
  const config = join(folder, "verdaccio.json");
  const open = { access: "$all", publish: "$all" };
  const packages = {
    ...Object.fromEntries(OURS.map((name) => [name, open])),
    "**": { access: "$all", proxy: "npm" },
  };
  writeFileSync(
    config,
    JSON.stringify({
      storage,
      packages,
      uplinks: { npm: { url: uplink, timeout: "60s", maxage: "60m" } },
      max_body_size: "50mb",
      web: { enable: false },
      log: { type: "stdout", format: "json", level: "error" },
    }),
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const child = spawn(VERDACCIO, ["--config", config, "--listen", `127.0.0.1:${port}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => {
      log += text;
    });
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  const until = performance.now() + PATIENCE_MS;
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() > until) {
      await stop();
      throw new Error(`the registry did not start:\n${log}`);
    }
    await sleep(50);
  }
  return { url, storage, [Symbol.asyncDispose]: stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}-/ping`)).ok;
  } catch {
    return false;
  }
}
