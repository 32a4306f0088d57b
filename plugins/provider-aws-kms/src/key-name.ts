import { RekeyError } from "@cassandra-rekey/core";

/** An ARN of KMS, taken apart. */
export interface KmsArn {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** `key/<id>` or `alias/<name>`. */
  readonly resource: string;
}

/** `undefined` for what is not an ARN of KMS. */
export function parseArn(text: string): KmsArn | undefined {
  const found = /^arn:([\w-]+):kms:([\w-]+):(\d{12}):((?:key|alias)\/.+)$/.exec(text);
  if (!found) return undefined;
  const [, partition, region, account, resource] = found;
  return { partition: partition!, region: region!, account: account!, resource: resource! };
}

function spell({ partition, region, account, resource }: KmsArn): string {
  return `arn:${partition}:kms:${region}:${account}:${resource}`;
}

/** Multi-region keys are one key in many regions; AWS has their ids begin with `mrk-`. */
function isMultiRegion({ resource }: KmsArn): boolean {
  return resource.startsWith("key/mrk-");
}

/**
 * The name of a key that is the same wherever it may be used: its ARN, with `*` for the region of a multi-region key.
 * Ciphertexts carry its hash.
 */
export function stableName(keyArn: string): string {
  const arn = parseArn(keyArn);
  return arn && isMultiRegion(arn) ? spell({ ...arn, region: "*" }) : keyArn;
}

/** What a call in `region` names the key by. Throws `CONFIG.INVALID` for a key that is only in another region. */
export function nameInRegion(keyId: string, region: string): string {
  const arn = parseArn(keyId);
  if (!arn || arn.region === region) return keyId;
  if (isMultiRegion(arn)) return spell({ ...arn, region });
  throw new RekeyError("CONFIG.INVALID", `key ${keyId} is not in region ${region}`, {
    hint: "Leave out region, so that the ARN's is used; only a multi-region key has replicas elsewhere.",
  });
}
