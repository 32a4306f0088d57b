import { type TcpAddress, TcpProxy } from "@cassandra-rekey/testkit";

/** Tells how a client of yours gets on when its server is slow, cut off, and not there at all. */
export async function badWeather(server: TcpAddress, call: (at: TcpAddress) => Promise<void>): Promise<void> {
  await using proxy = await TcpProxy.start(server);
  await proxy.delay(200); // each way
  await call(proxy);
  await proxy.cut("answers"); // requests have their effect, and nobody hears of it
  const unanswered = call(proxy);
  await proxy.refuse(); // open connections are reset
  await unanswered.catch(() => {});
  await proxy.restore();
  await call(proxy);
}
