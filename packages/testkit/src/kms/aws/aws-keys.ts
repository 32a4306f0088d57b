import { randomBytes, randomUUID } from "node:crypto";
import { AwsFailure, invalid, notFound } from "./aws-failure.ts";

const ACCOUNT = "111122223333";

/** One KMS key in one region. Replicas of a multi-region key share their material. */
export interface AwsKey {
  readonly id: string;
  readonly arn: string;
  readonly region: string;
  readonly multiRegion: boolean;
  /** The newest last; rotation adds one. */
  readonly material: Buffer[];
  state: "Enabled" | "Disabled" | "PendingDeletion";
}

/** KMS keys and aliases of one account, by region. */
export class AwsKeys {
  readonly #keys = new Map<string, AwsKey>();
  readonly #aliases = new Map<string, string>();

  create(region: string, { multiRegion = false }: { readonly multiRegion?: boolean } = {}): AwsKey {
    const id = multiRegion ? `mrk-${randomUUID().replaceAll("-", "")}` : randomUUID();
    return this.#add(region, id, multiRegion, [randomBytes(32)]);
  }

  /** The same multi-region key in another region. */
  replicate(key: AwsKey, region: string): AwsKey {
    if (!key.multiRegion) throw new AwsFailure("UnsupportedOperationException", "is not a multi-Region key");
    return this.#add(region, key.id, true, key.material);
  }

  rotate(key: AwsKey): void {
    key.material.push(randomBytes(32));
  }

  alias(name: string, key: AwsKey): void {
    if (!/^alias\/[\w/-]+$/.test(name)) throw invalid("Alias must start with the prefix alias/");
    this.#aliases.set(aliasArn(key.region, name), key.arn);
  }

  /** A key by id, ARN, alias or alias ARN, as calls in `region` find it. */
  find(region: string, keyId: unknown): AwsKey {
    if (typeof keyId !== "string" || keyId.length < 1 || keyId.length > 2048) throw invalid("keyId");
    const arn = keyId.startsWith("arn:")
      ? keyId
      : keyId.startsWith("alias/")
        ? aliasArn(region, keyId)
        : keyArn(region, keyId);
    const key = this.#keys.get(this.#aliases.get(arn) ?? arn);
    if (!key || key.region !== region) throw notFound(keyId.startsWith("alias/") ? "Alias" : "Key");
    return key;
  }

  byId(region: string, id: string): AwsKey | undefined {
    return this.#keys.get(keyArn(region, id));
  }

  #add(region: string, id: string, multiRegion: boolean, material: Buffer[]): AwsKey {
    const arn = keyArn(region, id);
    const key: AwsKey = { id, arn, region, multiRegion, material, state: "Enabled" };
    this.#keys.set(arn, key);
    return key;
  }
}

/** The key, when it can be used now. */
export function usable(key: AwsKey): AwsKey {
  if (key.state === "Enabled") return key;
  if (key.state === "Disabled") throw new AwsFailure("DisabledException", `${key.arn} is disabled.`);
  throw new AwsFailure("KMSInvalidStateException", `${key.arn} is pending deletion.`);
}

function keyArn(region: string, id: string): string {
  return `arn:aws:kms:${region}:${ACCOUNT}:key/${id}`;
}

function aliasArn(region: string, name: string): string {
  return `arn:aws:kms:${region}:${ACCOUNT}:${name}`;
}
