export type { Fault, FaultScope } from "../faults.ts";
export type { AwsKey, AwsKeys } from "./aws-keys.ts";
export { AwsKmsServer } from "./aws-kms-server.ts";
