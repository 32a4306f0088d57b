export type { Fault, FaultScope } from "../faults.ts";
export type { GcpKey, GcpKeys, GcpKeyVersion } from "./gcp-keys.ts";
export { GcpKmsServer } from "./gcp-kms-server.ts";
