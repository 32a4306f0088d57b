import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

// Below the range from which systems take the local ports of outgoing connections.
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_000;
const MOST_PORTS = 100;

/** A port of loopback that no outgoing connection is given until someone listens on it. */
export async function freePort(): Promise<number> {
  for (let tried = 1; ; tried += 1) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch (error) {
      if (tried === MOST_PORTS) throw error;
      continue;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}
