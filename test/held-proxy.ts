import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a process and a node; keeps the node's answers back from the moment on that so much was asked. */
export class HeldProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #answers = new Set<Socket>();
  #asked = 0;
  #holdAfter = Number.POSITIVE_INFINITY;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on a free port of loopback. */
  static async before(host: string, port: number): Promise<HeldProxy> {
    const server = createServer();
    const proxy = new HeldProxy(server);
    server.on("connection", (socket) => proxy.#accept(socket, connect(port, host)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Bytes that were sent to the node so far. */
  get asked(): number {
    return this.#asked;
  }

  get isHolding(): boolean {
    return this.#asked > this.#holdAfter;
  }

  /** Connections that are open, of both sides. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Requests go on to the node; its answers are kept back once so many bytes more were asked. */
  holdAfter(bytes: number): void {
    this.#holdAfter = this.#asked + bytes;
  }

  /** Hands on what was kept back, and everything after it. */
  letGo(): void {
    this.#holdAfter = Number.POSITIVE_INFINITY;
    for (const socket of this.#answers) socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }

  #accept(client: Socket, node: Socket): void {
    this.#answers.add(node);
    for (const socket of [client, node]) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    }
    client.on("data", (bytes) => {
      this.#asked += bytes.length;
      node.write(bytes);
      if (this.isHolding) for (const socket of this.#answers) socket.pause();
    });
    node.on("data", (bytes) => client.write(bytes));
    client.on("close", () => node.destroy());
    node.on("close", () => client.destroy());
  }
}
