import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** What the Python tool's `AwsKmsProvider` is asked; values in base64, in and out. */
export interface PythonProvider extends AsyncDisposable {
  encrypt(keyArn: string, values: readonly Uint8Array[]): Promise<readonly Buffer[]>;
  decrypt(keyArn: string, values: readonly Uint8Array[]): Promise<readonly Buffer[]>;
  /** Encrypts what it decrypts, as the tool does, in so many milliseconds. */
  rekey(oldArn: string, newArn: string, values: readonly Uint8Array[]): Promise<number>;
}

const PEER = `
import base64, json, sys, time
import boto3
from cassandra_rekey.crypto.aws_kms import AwsKmsProvider
client = boto3.client("kms")
for line in sys.stdin:
    asked = json.loads(line)
    values = [base64.b64decode(value) for value in asked["values"]]
    provider = AwsKmsProvider(asked["old"], asked["new"], "v2", kms_client=client)
    if asked["call"] == "rekey":
        started = time.perf_counter()
        for value in values:
            provider.encrypt(provider.decrypt(value))
        answer = (time.perf_counter() - started) * 1000
    else:
        call = getattr(provider, asked["call"])
        answer = [base64.b64encode(call(value)).decode() for value in values]
    print(json.dumps(answer), flush=True)
`;

/** Starts moto's server, which knows nothing of ours, and resolves with its URL. */
export async function startMoto(python: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const args = ["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"];
  const child = spawn(python, args, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "close");
  let said = "";
  for await (const line of createInterface({ input: child.stderr })) {
    said += `${line}\n`;
    const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stderr.resume();
    return {
      url,
      async [Symbol.asyncDispose]() {
        child.kill();
        await ended;
      },
    };
  }
  throw new Error(`moto did not start:\n${said}`);
}

/** Starts the Python tool's provider of AWS KMS, with its client at `url`. */
export function startPythonProvider(python: string, url: string, region: string): PythonProvider {
  const env = {
    PATH: process.env.PATH ?? "",
    AWS_ENDPOINT_URL_KMS: url,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(python, ["-c", PEER], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (call: string, old: string, fresh: string, values: readonly Uint8Array[]) => {
    const spelled = values.map((value) => Buffer.from(value).toString("base64"));
    child.stdin.write(`${JSON.stringify({ call, old, new: fresh, values: spelled })}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error("the Python provider gave no answer");
    return JSON.parse(value) as unknown;
  };
  const bytes = (answer: unknown) => (answer as string[]).map((text) => Buffer.from(text, "base64"));
  return {
    // It wants two keys, and uses one of them for each direction.
    encrypt: async (arn, values) => bytes(await ask("encrypt", "unused", arn, values)),
    decrypt: async (arn, values) => bytes(await ask("decrypt", arn, "unused", values)),
    rekey: async (old, fresh, values) => (await ask("rekey", old, fresh, values)) as number,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
