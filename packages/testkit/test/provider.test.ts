import { describe, expect, it } from "vitest";
import { describeEncryptionProvider, type ProviderConformance } from "../src/index.ts";
import { CARELESS_KEYS, KeyPartsRunTogether } from "./careless-keys.ts";
import { failuresOf } from "./failures-of.ts";
import { FLAWED_KEYS, type KeyKind } from "./flawed-keys.ts";
import { GcmKey } from "./gcm-key.ts";

const SECRETS = ["correct horse battery staple", "another passphrase"] as const;

function conformanceOf(Key: KeyKind): ProviderConformance {
  return {
    name: "a key in memory",
    open: async () => new Key(SECRETS[0], "v1"),
    openOther: async () => new Key(SECRETS[1], "v2"),
    binds: ["table", "column"],
    secrets: SECRETS,
    failures: [() => Promise.reject(new TypeError("a failure that shows nothing"))],
  };
}

describeEncryptionProvider({ describe, it }, conformanceOf(GcmKey));

describe("the suite fails a provider", () => {
  it("that binds to a primary key whose parts run together", async () => {
    const conformance: ProviderConformance = {
      ...conformanceOf(KeyPartsRunTogether),
      binds: ["table", "column", "primaryKey"],
    };
    const failures = await failuresOf((runner) => describeEncryptionProvider(runner, conformance));
    expect([...failures.keys()]).toEqual(["bound parts do not run together"]);
  });

  it.each(Object.entries({ ...FLAWED_KEYS, ...CARELESS_KEYS }))("in which %s", async (_, [Key, finder]) => {
    const failures = await failuresOf((runner) => describeEncryptionProvider(runner, conformanceOf(Key)));
    expect([...failures.keys()]).toContain(finder);
    const messages = [...failures.values()].map(({ message }) => message).join("\n");
    for (const secret of SECRETS) expect(messages, "the suite itself keeps secrets").not.toContain(secret);
  });

  it("whose declared failure does not fail", async () => {
    const failures = await failuresOf((runner) =>
      describeEncryptionProvider(runner, { ...conformanceOf(GcmKey), failures: [async () => "no failure"] }),
    );
    expect([...failures.keys()]).toEqual(["errors show neither key nor plaintext"]);
  });

  it("that is declared deterministic and is not", async () => {
    const failures = await failuresOf((runner) =>
      describeEncryptionProvider(runner, { ...conformanceOf(GcmKey), deterministic: true }),
    );
    expect([...failures.keys()]).toEqual([
      "equal plaintexts have equal ciphertexts only where that is declared",
    ]);
  });
});
