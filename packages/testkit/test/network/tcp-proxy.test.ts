import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TcpProxy } from "../../src/index.ts";

/** Answers each piece with itself, and keeps what it was told. */
let echo: Server;
let heard: string;
let proxy: TcpProxy;

beforeEach(async () => {
  heard = "";
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      heard += bytes;
      socket.write(bytes);
    });
    socket.on("end", () => socket.end());
  });
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  proxy = await TcpProxy.start({ host: "127.0.0.1", port: (echo.address() as AddressInfo).port });
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  echo.close();
});

async function dial(): Promise<Socket> {
  const socket = connect(proxy.port, proxy.host);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** `once` would reject on the error that comes before. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

async function ask(socket: Socket, words: string): Promise<string> {
  socket.write(words);
  const [answer] = await once(socket, "data");
  return String(answer);
}

describe("a TCP proxy", () => {
  it("hands on both ways, and the end of either side's words", async () => {
    const socket = await dial();
    expect(await ask(socket, "hello")).toBe("hello");
    const rest = text(socket);
    socket.end("bye");
    expect(await rest).toBe("bye");
    await expect.poll(() => proxy.connections).toBe(0);
  });

  it("hands on a megabyte byte for byte, though the reader is slow to begin", async () => {
    const socket = await dial();
    const sent = "0123456789abcdef".repeat(65_536);
    socket.end(sent);
    await expect.poll(() => heard.length).toBeGreaterThan(0);
    expect(await text(socket)).toBe(sent);
  });

  it("delays each way, and keeps the order", async () => {
    const socket = await dial();
    await proxy.delay(40);
    const started = performance.now();
    const rest = text(socket);
    socket.write("one ");
    socket.write("two ");
    socket.end("three");
    expect(await rest).toBe("one two three");
    // A lower bound alone: a busy machine only makes it later.
    expect(performance.now() - started).toBeGreaterThanOrEqual(79);
  });

  it("lets nothing through while it is cut, and delivers it afterwards", async () => {
    const [open, quitter] = [await dial(), await dial()];
    await ask(open, "before ");
    await proxy.cut();
    open.write("during");
    const fresh = await dial();
    fresh.write(" too");
    quitter.destroy();
    await closed(quitter);
    // Another connection to the server shows that what was sent would have arrived by now.
    const direct = connect((echo.address() as AddressInfo).port, "127.0.0.1");
    expect(await ask(direct, "direct ")).toBe("direct ");
    direct.destroy();
    expect(heard).toBe("before direct ");
    expect(proxy.connections).toBe(3);

    const answers = Promise.all([once(open, "data"), once(fresh, "data")]);
    await proxy.restore();
    expect((await answers).map(String)).toEqual(["during", " too"]);
    await expect.poll(() => proxy.connections).toBe(2);
    open.destroy();
    fresh.destroy();
  });

  it("can keep back the answers alone: requests have their effect, and nobody hears of it", async () => {
    const socket = await dial();
    await proxy.cut("answers");
    let answer = "";
    socket.on("data", (bytes) => {
      answer += bytes;
    });
    socket.write("done");
    await expect.poll(() => heard).toBe("done");
    await expect.poll(() => proxy.heldBytes).toBe(4);
    expect(answer).toBe("");
    await proxy.restore();
    await expect.poll(() => answer).toBe("done");
    expect(proxy.heldBytes).toBe(0);
    socket.destroy();
  });

  it("resets what is open and refuses what is new, and lets in again on its port", async () => {
    const socket = await dial();
    await ask(socket, "hello");
    const { port } = proxy;
    const reset = closed(socket);
    await proxy.refuse();
    await reset;
    const [refused] = (await once(connect(port, proxy.host), "error")) as [NodeJS.ErrnoException];
    expect(refused.code).toBe("ECONNREFUSED");
    await proxy.restore();
    expect(proxy.port).toBe(port);
    const again = await dial();
    expect(await ask(again, "again")).toBe("again");
    again.destroy();
  });

  it("hangs up and lets in again at once", async () => {
    const socket = await dial();
    await ask(socket, "hello");
    const failed = once(socket, "error");
    proxy.hangUp();
    expect(((await failed)[0] as NodeJS.ErrnoException).code).toBe("ECONNRESET");
    const again = await dial();
    expect(await ask(again, "again")).toBe("again");
    again.destroy();
  });

  it("ends the client's connection when the server is not there", async () => {
    echo.close();
    await closed(await dial());
  });
});
