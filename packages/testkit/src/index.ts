export type { HookConformance } from "./hook/conformance.ts";
export { describeHook } from "./hook/describe-hook.ts";
export { SAMPLE_EVENTS } from "./hook/sample-events.ts";
export { type CutWay, type TcpAddress, TcpProxy } from "./network/tcp-proxy.ts";
export { hookContext, keyContext, pluginContext, throttleContext } from "./plugin-context.ts";
export { checkPluginPackage, pluginPackageProblems } from "./plugin-package/check-plugin-package.ts";
export type { ProviderConformance } from "./provider/conformance.ts";
export { describeEncryptionProvider } from "./provider/describe-encryption-provider.ts";
export { openProviderKey, openTexts, sealTexts } from "./provider/key-handle.ts";
export { REAL_TIME } from "./real-time.ts";
export * from "./simulation/index.ts";
export type { StateStoreConformance, StoreStorage } from "./state-store/conformance.ts";
export { describeStateStore } from "./state-store/describe-state-store.ts";
export type { TestRunner } from "./test-runner.ts";
export type { ThrottleConformance } from "./throttle/conformance.ts";
export { describeThrottle } from "./throttle/describe-throttle.ts";
export {
  type QueueServer,
  QueueSimulation,
  type SimulatedSecond,
} from "./throttle/queue-simulation.ts";
