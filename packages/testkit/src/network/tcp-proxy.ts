import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type LaneState, ProxyLane } from "./proxy-lane.ts";

/** Where a server listens. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/** Which way a cut works: both, or only from the server back to its clients. */
export type CutWay = "both" | "answers";

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
  readonly lanes: readonly ProxyLane[];
}

const FREE: LaneState = { delayMs: 0, held: false };

/**
 * Stands between clients and a server, and does to their connections what networks do: makes them slow, cuts them, or
 * lets nobody in. Each call replaces what an earlier one did.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #target: TcpAddress;
  readonly #server: Server;
  readonly #address: TcpAddress;
  readonly #connections = new Set<Connection>();
  #requests = FREE;
  #answers = FREE;

  private constructor(target: TcpAddress, server: Server) {
    this.#target = target;
    this.#server = server;
    const { address, port } = server.address() as AddressInfo;
    this.#address = { host: address, port };
    server.on("connection", (client) => this.#accept(client));
  }

  /** Listens on a free port of 127.0.0.1, or where it is told to. The target need not be there yet. */
  static async start(target: TcpAddress, at: Partial<TcpAddress> = {}): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(at.port ?? 0, at.host ?? "127.0.0.1");
    await once(server, "listening");
    return new TcpProxy(target, server);
  }

  /** Where clients find it. */
  get host(): string {
    return this.#address.host;
  }

  get port(): number {
    return this.#address.port;
  }

  /** Open connections now. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Bytes that are on their way or kept back now, of all connections. */
  get heldBytes(): number {
    const lanes = [...this.#connections].flatMap((connection) => connection.lanes);
    return lanes.reduce((sum, lane) => sum + lane.heldBytes, 0);
  }

  /** Everything comes this many milliseconds later, each way, in its order. */
  async delay(ms: number): Promise<void> {
    await this.#become({ delayMs: ms, held: false });
  }

  /**
   * As if a cable was pulled: connections stay open, new ones open too, and nothing gets through, not even their end.
   * What was sent in the meantime arrives after {@link restore}, as TCP would send it again. With `"answers"` requests
   * arrive and have their effect, and nobody hears of it.
   */
  async cut(way: CutWay = "both"): Promise<void> {
    const held = { delayMs: 0, held: true };
    await this.#become(way === "both" ? held : FREE, held);
  }

  /** Ends every connection by a reset and refuses new ones. What was on its way is lost. */
  async refuse(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, "close") : undefined;
    this.#server.close();
    this.hangUp();
    await closed;
  }

  /** Ends every connection by a reset. What was on its way is lost; new connections are let in. */
  hangUp(): void {
    for (const { client, server, lanes } of this.#connections) {
      for (const lane of lanes) lane.drop();
      client.resetAndDestroy();
      server.destroy();
    }
    this.#connections.clear();
  }

  /** Everything passes again at once. */
  async restore(): Promise<void> {
    await this.#become(FREE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.refuse();
  }

  async #become(requests: LaneState, answers = requests): Promise<void> {
    this.#requests = requests;
    this.#answers = answers;
    for (const { lanes } of this.#connections) for (const lane of lanes) lane.pass();
    if (this.#server.listening) return;
    this.#server.listen(this.port, this.host);
    await once(this.#server, "listening");
  }

  #accept(client: Socket): void {
    const server = connect({ ...this.#target, allowHalfOpen: true });
    for (const socket of [client, server]) socket.setNoDelay(true).on("error", () => {});
    const lanes = [
      new ProxyLane(client, server, () => this.#requests),
      new ProxyLane(server, client, () => this.#answers),
    ];
    const connection = { client, server, lanes };
    this.#connections.add(connection);
    const forget = () => {
      if (client.destroyed && server.destroyed) this.#connections.delete(connection);
    };
    client.on("close", forget);
    server.on("close", forget);
  }
}
