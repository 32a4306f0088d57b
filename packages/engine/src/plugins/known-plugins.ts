import type { PartKind } from "./part-kind.ts";

/** The parts that this project publishes: what a hint names when one of them is not installed. */
export const KNOWN_PARTS: Readonly<Record<PartKind, readonly string[]>> = {
  providers: ["fernet", "aws-kms", "gcp-kms", "aes-gcm", "plaintext"],
  stateStores: ["cassandra", "file"],
  throttles: ["latency", "rate", "adaptive", "schedule", "cluster-load", "cluster-health", "probe"],
  hooks: ["prometheus", "opentelemetry", "audit-log", "webhook"],
};

const PREFIXES: Readonly<Record<PartKind, string>> = {
  providers: "provider",
  stateStores: "state",
  throttles: "throttle",
  hooks: "hook",
};

/** Parts whose package has another name than theirs. */
const COMES_WITH: Readonly<Record<string, string>> = { "cluster-health": "cluster-load" };

/** The package of ours that has a part: `@cassandra-rekey/provider-aws-kms`; `undefined` when none has. */
export function knownPackageOf(kind: PartKind, name: string): string | undefined {
  return KNOWN_PARTS[kind].includes(name)
    ? `@cassandra-rekey/${PREFIXES[kind]}-${COMES_WITH[name] ?? name}`
    : undefined;
}
