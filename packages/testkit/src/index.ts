export * from "./simulation/index.ts";
export type { StateStoreConformance, StoreStorage } from "./state-store/conformance.ts";
export { describeStateStore } from "./state-store/describe-state-store.ts";
export type { TestRunner } from "./test-runner.ts";
