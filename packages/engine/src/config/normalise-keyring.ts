import { versionOf } from "./keyring-rules.ts";
import type { KeyInput, KeysInput, ProviderInput } from "./keys-schema.ts";
import type { Resolve } from "./resolve-from.ts";
import type { ConfigPath, KeyringSettings, KeySettings, LocalModule } from "./settings.ts";

/** `keys:`, or one of `keyrings:`, as settings. */
export function normaliseKeys(
  input: KeysInput,
  resolve: Resolve,
  at: ConfigPath = ["keys"],
): KeyringSettings {
  return {
    target: key(input.target, [...at, "target"], resolve),
    previous: input.previous.map((entry, index) => key(entry, [...at, "previous", index], resolve)),
  };
}

/** `provider:`, the Python tool's form, as settings. */
export function normaliseProvider(input: ProviderInput, resolve: Resolve): KeyringSettings {
  return { target: shorthandKey(input, "new", resolve), previous: [shorthandKey(input, "old", resolve)] };
}

function key(input: KeyInput, at: ConfigPath, resolve: Resolve): KeySettings {
  const { provider, module: file, version: _, ...options } = input;
  return {
    type: provider ?? file!,
    version: versionOf(input)!,
    ...(file === undefined ? {} : { module: localModule(file, provider, resolve) }),
    options,
    at,
  };
}

function localModule(spelling: string, provider: string | undefined, resolve: Resolve): LocalModule {
  return { path: resolve(spelling), spelling, ...(provider === undefined ? {} : { provider }) };
}

function shorthandKey(input: ProviderInput, age: "old" | "new", resolve: Resolve): KeySettings {
  const spelled: Record<string, ConfigPath> = {};
  const options: Record<string, unknown> = {};
  const set = (option: string, value: unknown, field: keyof ProviderInput) => {
    if (value === undefined) return;
    options[option] = value;
    spelled[option] = ["provider", field];
  };
  const type = input.type ?? "fernet";
  const env = input[`${age}_key_env`];
  const file = input[`${age}_key_file`];
  if (type === "fernet" || input.module !== undefined) {
    set("key", env === undefined ? undefined : { env }, `${age}_key_env`);
    set("key", file === undefined ? undefined : { file }, `${age}_key_file`);
  }
  if (type === "aws_kms") {
    set("key_id", input[`${age}_cmk_arn`], `${age}_cmk_arn`);
    set("region", input.aws_region, "aws_region");
    set("format", "reference", "type");
  }
  return {
    type: input.module !== undefined ? (input.type ?? input.module) : type === "aws_kms" ? "aws-kms" : type,
    version: input[`${age}_key_version`],
    ...(input.module === undefined ? {} : { module: localModule(input.module, input.type, resolve) }),
    options,
    at: ["provider"],
    written: spelled,
  };
}
