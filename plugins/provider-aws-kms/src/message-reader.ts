import type { EncryptedDataKey, NodeDecryptionMaterial } from "@aws-crypto/material-management-node";
import type { Opened } from "@cassandra-rekey/core";
import type { UnwrappedKey } from "@cassandra-rekey/envelope";
import { stableName } from "./key-name.ts";

/** Unwraps a message's data key for its encryption context; `undefined` when that is not what the cell must have. */
export type UnwrapDataKey = (
  wrapped: Uint8Array,
  encryptionContext: Readonly<Record<string, string>>,
) => Promise<UnwrappedKey> | undefined;

/** Opens one message. Rejects with what `unwrap` rejects with, and with nothing else. */
export type MessageReader = (message: Uint8Array, unwrap: UnwrapDataKey) => Promise<Opened>;

/** Whether bytes begin as a message does: version 1 with its type, or version 2 with one of its two algorithm suites. */
export function looksLikeMessage(bytes: Uint8Array): boolean {
  if (bytes[0] === 0x01) return bytes[1] === 0x80;
  return bytes[0] === 0x02 && (bytes[1] === 0x04 || bytes[1] === 0x05) && bytes[2] === 0x78;
}

/** Imports the library. `keyName`: the stable name of the one key whose messages are opened. */
export async function openMessageReader(keyName: string): Promise<MessageReader> {
  const { buildDecrypt } = await import("@aws-crypto/decrypt-node");
  const { CommitmentPolicy, KeyringNode, KeyringTraceFlag } = await import(
    "@aws-crypto/material-management-node"
  );
  // Also what was written before messages committed to their key.
  const { decrypt } = buildDecrypt(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);

  /** Serves one message: the library knows neither signals nor errors that are not about the message. */
  class OneMessageKeyring extends KeyringNode {
    failure: unknown;
    #unwrapped = false;
    readonly #unwrap: UnwrapDataKey;

    constructor(unwrap: UnwrapDataKey) {
      super();
      this.#unwrap = unwrap;
    }

    /** With the data key in hand, what fails is the message's own fault: no other key can open it. */
    get refusal(): "corrupt" | "not-authentic" {
      return this.#unwrapped ? "corrupt" : "not-authentic";
    }

    async _onEncrypt(): Promise<never> {
      throw new Error("messages are only read");
    }

    async _onDecrypt(material: NodeDecryptionMaterial, dataKeys: EncryptedDataKey[]) {
      const mine = dataKeys.find(
        ({ providerId, providerInfo }) => providerId === "aws-kms" && stableName(providerInfo) === keyName,
      );
      if (!mine) return material;
      try {
        const found = await this.#unwrap(mine.encryptedDataKey, material.encryptionContext);
        if (!found || "refused" in found) return material;
        this.#unwrapped = true;
        const flags =
          KeyringTraceFlag.WRAPPING_KEY_DECRYPTED_DATA_KEY | KeyringTraceFlag.WRAPPING_KEY_VERIFIED_ENC_CTX;
        const { providerInfo: keyName, providerId: keyNamespace } = mine;
        return material.setUnencryptedDataKey(found.key as never, { keyName, keyNamespace, flags });
      } catch (error) {
        this.failure = error;
        throw error;
      }
    }
  }

  return async (message, unwrap) => {
    const keyring = new OneMessageKeyring(unwrap);
    try {
      const { plaintext } = await decrypt(keyring, message);
      return { plaintext };
    } catch {
      if (keyring.failure !== undefined) throw keyring.failure;
      return { refused: keyring.refusal };
    }
  };
}
