import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { RekeyError } from "@cassandra-rekey/core";
import type { RunRegistry } from "./registry.ts";

/** Where metrics are served. */
export interface EndpointSettings {
  readonly host: string;
  readonly port: number;
  /** How many ports from `port` on are tried: each process of a host needs one. */
  readonly ports: number;
  readonly path: string;
}

const MOST_CONNECTIONS = 32;
const REQUEST_TIMEOUT_MS = 5_000;

/** Serves the metrics over HTTP. It does not keep the process alive. */
export class MetricsEndpoint implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on the first free port; throws `CONFIG.INVALID` when there is none. */
  static async open(settings: EndpointSettings, registry: RunRegistry): Promise<MetricsEndpoint> {
    const { host, port, ports } = settings;
    const last = port === 0 ? 0 : Math.min(65_535, port + ports - 1);
    for (let tried = port; ; tried += 1) {
      const server = createServer((request, response) => {
        void answer(request, response, settings.path, registry);
      });
      server.maxConnections = MOST_CONNECTIONS;
      server.requestTimeout = REQUEST_TIMEOUT_MS;
      server.headersTimeout = REQUEST_TIMEOUT_MS;
      try {
        server.listen({ host, port: tried, exclusive: true });
        await once(server, "listening");
        server.on("error", () => {});
        server.unref();
        return new MetricsEndpoint(server);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "EADDRINUSE" && tried < last) continue;
        const where = last > port ? `${host}, ports ${port} to ${last}` : `${host}:${port}`;
        throw new RekeyError(
          "CONFIG.INVALID",
          `hook prometheus cannot listen on ${where}: ${code ?? "unknown error"}`,
          {
            hint: "Choose another `host` or `port`, or raise `ports` when many processes run on one host.",
            cause: error,
          },
        );
      }
    }
  }

  /** Where it listens. */
  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo;
    return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(
  { method, url = "" }: IncomingMessage,
  response: ServerResponse,
  path: string,
  registry: RunRegistry,
): Promise<void> {
  if (url.split("?")[0] !== path) return void response.writeHead(404).end();
  if (method !== "GET" && method !== "HEAD")
    return void response.writeHead(405, { allow: "GET, HEAD" }).end();
  try {
    const text = await registry.text();
    response.writeHead(200, { "content-type": registry.contentType });
    response.end(method === "HEAD" ? undefined : text);
  } catch {
    response.writeHead(500).end();
  }
}
