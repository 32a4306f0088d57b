import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { notStarted } from "../not-started.ts";

// Below the range from which systems take the local ports of outgoing connections.
const LOWEST = 20_000;
const HIGHEST = 32_000;
const ATTEMPTS = 200;

/** Ports that are free on all hosts now. Chosen at random, so that clusters started at once rarely meet. */
export async function freePorts(count: number, hosts: readonly string[]): Promise<readonly number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; attempt < ATTEMPTS && ports.size < count; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    const free = await Promise.all(hosts.map((host) => isFree(port, host)));
    if (free.every(Boolean)) ports.add(port);
  }
  if (ports.size < count) {
    throw notStarted(
      `No free ports on ${hosts.join(", ")}.`,
      "On macOS, add the addresses first: sudo ifconfig lo0 alias 127.0.0.2 (and .3).",
    );
  }
  return [...ports];
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
