import {
  EncryptedDataKey,
  KeyringNode,
  KeyringTraceFlag,
  type NodeEncryptionMaterial,
} from "@aws-crypto/material-management-node";
import { GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import type { AwsKey, AwsKmsServer } from "@cassandra-rekey/testkit/aws-kms";

/**
 * Has the AWS Encryption SDK encrypt under a key of the server, as its own KMS keyring does (which brings a DynamoDB
 * client along).
 */
export function messageKeyring(server: AwsKmsServer, key: AwsKey): KeyringNode {
  const client = new KMSClient({
    region: key.region,
    endpoint: server.url,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  class KmsKeyring extends KeyringNode {
    async _onEncrypt(material: NodeEncryptionMaterial) {
      const { Plaintext, CiphertextBlob } = await client.send(
        new GenerateDataKeyCommand({
          KeyId: key.arn,
          NumberOfBytes: material.suite.keyLengthBytes,
          EncryptionContext: { ...material.encryptionContext },
        }),
      );
      const names = { keyName: key.arn, keyNamespace: "aws-kms" };
      material.setUnencryptedDataKey(Uint8Array.from(Plaintext!), {
        ...names,
        flags: KeyringTraceFlag.WRAPPING_KEY_GENERATED_DATA_KEY,
      });
      const encryptedDataKey = CiphertextBlob!;
      return material.addEncryptedDataKey(
        new EncryptedDataKey({ providerId: "aws-kms", providerInfo: key.arn, encryptedDataKey }),
        KeyringTraceFlag.WRAPPING_KEY_ENCRYPTED_DATA_KEY,
      );
    }

    async _onDecrypt(): Promise<never> {
      throw new Error("writes only");
    }
  }
  return new KmsKeyring();
}
