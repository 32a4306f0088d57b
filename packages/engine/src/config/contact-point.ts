const MAX_PORT = 65_535;

/** A node's host and port from `host`, `host:port`, an IPv6 address, or `[IPv6]:port`; `undefined` when it is none. */
export function parseContactPoint(
  text: string,
  defaultPort: number,
): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([\da-f:.%\w]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text);
  if (match) {
    const port = match[3] === undefined ? defaultPort : Number(match[3]);
    const host = match[1] ?? match[2];
    return host && port >= 1 && port <= MAX_PORT ? { host, port } : undefined;
  }
  return /^[\da-f]*:[\da-f:]*:[\da-f.:]*$/i.test(text) ? { host: text, port: defaultPort } : undefined;
}
