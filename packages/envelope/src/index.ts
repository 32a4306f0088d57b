export { BindingTemplate } from "./binding-template.ts";
export { EnvelopeCounters, type EnvelopeObserver } from "./counters.ts";
export { DataKeyOpener, type DataKeyOpenerParts } from "./data-key-opener.ts";
export { createEnvelopeKey, type EnvelopeKeyParts } from "./envelope-key.ts";
export { GCM_OVERHEAD, openGcm, sealGcm } from "./gcm.ts";
export { encodeKeyContext, type KeyContextTemplates } from "./key-context.ts";
export { DEFAULT_LIMITS, type EnvelopeLimits } from "./limits.ts";
export { KIND, KIND_AT, MAGIC, startsWithMagic } from "./magic.ts";
export {
  dataKeyOptions,
  type EnvelopeOptions,
  endpointOption,
  envelopeOptions,
  isSafeEndpoint,
  limitsOf,
} from "./options.ts";
export { looksLikeReference } from "./reference-format.ts";
export type { DataKeyMaterial, KeyContextValues, KeyWrapper, Unwrapped } from "./wrapper.ts";
export type { UnwrappedKey } from "./wrapper-calls.ts";
