import type { Client } from "cassandra-driver";

/** What of the driver's control connection is looked at; it is not in the type declarations of 4.10. */
interface ControlConnection {
  readonly protocolVersion: number | null;
  readonly host: { readonly datacenter: string } | null;
  readonly connection: { close(): void } | null;
}

/** The connection over which the driver learns about the cluster: to the first contact point that answered. */
export function controlConnection(client: Client): ControlConnection {
  return (client as unknown as { controlConnection: ControlConnection }).controlConnection;
}
