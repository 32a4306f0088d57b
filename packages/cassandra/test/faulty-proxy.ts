import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a client and a server, and can fall silent or hang up. Without a server it never answers. */
export class FaultyProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #silent = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on a free port; passes on that many answers on each connection. */
  static async before(
    target: { host: string; port: number } | undefined,
    { address = "127.0.0.1", answers = Number.POSITIVE_INFINITY } = {},
  ): Promise<FaultyProxy> {
    const server = createServer();
    const proxy = new FaultyProxy(server);
    server.on("connection", (socket) => proxy.#accept(socket, target, answers));
    server.listen(0, address);
    await once(server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Requests go on to the server; its answers are kept back from now on. */
  fallSilent(): void {
    this.#silent = true;
  }

  /** Ends every connection at once. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.hangUp();
    await once(this.#server, "close");
  }

  #accept(client: Socket, target: { host: string; port: number } | undefined, answers: number): void {
    let left = answers;
    this.#keep(client);
    if (!target) return;
    const server = connect(target.port, target.host);
    this.#keep(server);
    client.pipe(server);
    server.on("data", (bytes) => {
      left -= 1;
      if (!this.#silent && left >= 0) client.write(bytes);
    });
    client.on("close", () => server.destroy());
    server.on("close", () => client.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
