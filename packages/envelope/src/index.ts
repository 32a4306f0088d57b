export { BindingTemplate } from "./binding-template.ts";
export { EnvelopeCounters, type EnvelopeObserver } from "./counters.ts";
export { createEnvelopeKey, type EnvelopeKeyParts } from "./envelope-key.ts";
export { GCM_OVERHEAD, openGcm, sealGcm } from "./gcm.ts";
export { encodeKeyContext, type KeyContextTemplates } from "./key-context.ts";
export { DEFAULT_LIMITS, type EnvelopeLimits } from "./limits.ts";
export { KIND, KIND_AT, MAGIC, startsWithMagic } from "./magic.ts";
export { looksLikeReference } from "./reference-format.ts";
export type { DataKeyMaterial, KeyContextValues, KeyWrapper, Unwrapped } from "./wrapper.ts";
