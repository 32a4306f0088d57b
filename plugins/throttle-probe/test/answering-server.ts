import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server on loopback that answers as the test says, and remembers what it was asked. */
export class AnsweringServer implements AsyncDisposable {
  answer: (response: ServerResponse, request: IncomingMessage) => void = (response) => response.end("0");
  readonly asked: { readonly url: string; readonly authorization: string | undefined }[] = [];
  readonly #server = createServer((request, response) => {
    this.asked.push({ url: request.url ?? "", authorization: request.headers.authorization });
    this.answer(response, request);
  });

  static async start(): Promise<AnsweringServer> {
    const server = new AnsweringServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers this text from now on. */
  says(text: string, status = 200): void {
    this.answer = (response) => {
      response.statusCode = status;
      response.end(text);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close").catch(() => {});
  }
}
