export type { ProviderConformance } from "./provider/conformance.ts";
export { describeEncryptionProvider } from "./provider/describe-encryption-provider.ts";
export * from "./simulation/index.ts";
export type { StateStoreConformance, StoreStorage } from "./state-store/conformance.ts";
export { describeStateStore } from "./state-store/describe-state-store.ts";
export type { TestRunner } from "./test-runner.ts";
