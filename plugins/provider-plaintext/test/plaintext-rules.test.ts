import { createCipheriv, randomBytes } from "node:crypto";
import { createEnvelopeKey } from "@cassandra-rekey/envelope";
import { ManualClock } from "@cassandra-rekey/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FORMAT_NAMES, type FormatName } from "../src/known-formats.ts";
import { notPlaintext, type PlaintextRules } from "../src/plaintext-rules.ts";

const why = (value: Uint8Array | string, rules: PlaintextRules = {}) =>
  notPlaintext(rules)(Buffer.from(value));
/** No narrowing but the known formats. */
const OPEN = { utf8: false, encoded: true };

function gcm(plaintext: string): Buffer {
  const cipher = createCipheriv("aes-256-gcm", randomBytes(32), randomBytes(12));
  return Buffer.concat([randomBytes(12), cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

const FERNET =
  "gAAAAABlk0X3sq0nbmVqS4Gd9Zb2O2mFhPyM3qYw5mC1R1k5N7q4m0dQ2vJ8Qk3n5yq3m7b5W2x1T9yX0o8h6uVw3s4k2a1b0==";
const b64 = (hex: string, more = 60) => Buffer.concat([Buffer.from(hex, "hex"), randomBytes(more)]);

/** As OpenSSL (64), MIME (76, with CRLF) and Ruby (60, with an end of line at the end) break base64 into lines. */
function wrapped(bytes: Uint8Array): readonly string[] {
  const lines = (width: number) =>
    Buffer.from(bytes)
      .toString("base64")
      .match(new RegExp(`.{1,${width}}`, "g"))!;
  return [lines(64).join("\n"), lines(76).join("\r\n"), `${lines(60).join("\n")}\n`];
}

const SAMPLES: Readonly<Record<FormatName, readonly Buffer[]>> = {
  "cassandra-rekey": [b64("c1524b01"), b64("c1524b02"), b64("c1524bff")],
  fernet: [Buffer.from(FERNET), Buffer.from(FERNET.slice(0, 30)), b64("800000000065", 57 + 32 - 6)],
  "aws-encryption-sdk": [b64("0180037800"), b64("0204780000"), b64("0205780000")],
  "aws-kms": [b64("0102020078"), b64("0102030078")],
  "gcp-kms": [b64("0a2400")],
  reference: [b64("000000b8", 184 + 28), b64("00000001", 29)],
  vault: [Buffer.from("vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==")],
  jwe: [
    Buffer.from("eyJhbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp.48V1_ALb6US04U3b.5eym8TW_c8SuK0lt.XFBoMYUZodetZdvT"),
  ],
  openssl: [b64("53616c7465645f5f")],
  age: [
    Buffer.from("age-encryption.org/v1\n-> X25519 abc"),
    Buffer.from("-----BEGIN AGE ENCRYPTED FILE-----\n"),
  ],
  pgp: [Buffer.from("-----BEGIN PGP MESSAGE-----\n\nhQEMA")],
};

describe("known ciphertext is refused however narrow or wide the options are", () => {
  test.each(FORMAT_NAMES)("%s, as it is, in base64, and with white space around it", (name) => {
    for (const sample of SAMPLES[name]) {
      const spellings = [
        sample,
        sample.toString("base64"),
        sample.toString("base64url"),
        ...wrapped(sample),
        ` ${sample.toString("latin1")}\n`,
      ];
      const binary = !/^[\x20-\x7e\n]*$/.test(sample.toString("latin1"));
      for (const value of binary ? spellings.slice(0, -1) : [sample, spellings.at(-1)!])
        expect(why(value, OPEN)).toContain(name);
    }
  });

  test.each(FORMAT_NAMES)("%s is plaintext only where it is accepted by name", (name) => {
    for (const sample of SAMPLES[name]) {
      expect(why(sample, { ...OPEN, accept: [name] })).toBeUndefined();
      expect(why(sample, { ...OPEN, accept: FORMAT_NAMES.filter((other) => other !== name) })).toContain(
        name,
      );
    }
  });

  test("what our own formats write", async () => {
    const cell = {
      plaintext: Buffer.from("x"),
      form: "binary",
      context: { keyspace: "k", table: "t", column: "c", primaryKey: [] },
    } as const;
    for (const format of ["envelope", "reference"] as const) {
      const dataKey = randomBytes(32);
      const key = createEnvelopeKey({
        version: "v1",
        keyId: "key",
        format,
        clock: new ManualClock(),
        random: { bytes: (length) => randomBytes(length) },
        wrapper: {
          generate: async () => ({ plaintext: Buffer.from(dataKey), wrapped: randomBytes(184) }),
          unwrap: async () => ({ plaintext: Buffer.from(dataKey) }),
        },
      });
      const [sealed] = await key.encrypt([cell], new AbortController().signal);
      expect(why(sealed!, OPEN)).toContain(format === "envelope" ? "cassandra-rekey" : "reference");
    }
  });
});

describe("ciphertext of a key that nobody has and of no known format is refused by default", () => {
  const opaque = fc.string({ maxLength: 50 }).map(gcm);

  test("as bytes, in base64 and in hexadecimal", () => {
    fc.assert(
      fc.property(opaque, (ciphertext) => {
        expect(why(ciphertext)).toBeDefined();
        for (const spelling of ["base64", "base64url", "hex"] as const)
          expect(why(ciphertext.toString(spelling))).toBeDefined();
        const hex = ciphertext.toString("hex");
        for (const text of [...wrapped(ciphertext), `0x${hex}`, `\\x${hex.toUpperCase()}`])
          expect(why(text)).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });

  test("and taken for plaintext only where the options say that plaintext looks so", () => {
    const ciphertext = Buffer.alloc(40, 0xfe);
    expect(why(ciphertext, { utf8: false })).toBeUndefined();
    expect(why(ciphertext.toString("hex"), { encoded: true })).toBeUndefined();
    expect(why(ciphertext.toString("base64").replace("/", "a"), { encoded: true })).toBeUndefined();
    expect(why(ciphertext, { utf8: false, pattern: ".*" }), "a pattern is for text").toContain("pattern");
  });
});

describe("plaintext is taken for plaintext", () => {
  test.each([
    "",
    "alice@example.com",
    "Grüße, 世界 👋",
    "4111 1111 1111 1111",
    "2026-11-25T22:30:00Z",
    '{"street":"Hauptstraße 1","zip":"10115"}',
    "the-quick-brown-fox-jumps-over-the-lazy-dog-and-runs",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "f47ac10b-58cc-4372-a567-0e02b2c3d479",
    "+49 30 1234567",
    "gAAAA is not a token",
    "of one length and one word a line\nof one length and one word a line\nand an end",
    "vault of the bank",
    Buffer.from("text in base64, which says what it is").toString("base64"),
  ])("%s", (value) => {
    expect(why(value)).toBeUndefined();
  });

  test("words", () => {
    const words = fc.array(fc.lorem({ maxCount: 6 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(words, (parts) => {
        expect(why(parts.join(" "))).toBeUndefined();
      }),
    );
  });
});

describe("narrowing", () => {
  test("a pattern matches the whole value", () => {
    const rules = { pattern: "\\d{4}|[^@]+@.+" };
    for (const value of ["1234", "a@b", "ä@b\nc"]) expect(why(value, rules)).toBeUndefined();
    for (const value of ["12345", "x1234", "", "nobody"]) expect(why(value, rules)).toContain("pattern");
  });

  test("a length is in bytes", () => {
    expect(why("ää", { maxLength: 4 })).toBeUndefined();
    expect(why("äää", { maxLength: 4 })).toContain("max_length");
    expect(why("", { maxLength: 0 })).toBeUndefined();
  });

  test("a reason never quotes the value", () => {
    for (const value of ["secret-value", Buffer.alloc(3, 200), FERNET])
      expect(why(value, { pattern: "x", maxLength: 200 })).not.toContain(
        Buffer.from(value).toString().slice(0, 5),
      );
  });
});

test("no bytes make it throw", () => {
  const rules: readonly PlaintextRules[] = [{}, OPEN, { pattern: "a+", maxLength: 10 }];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(...rules), (bytes, given) => {
      expect(typeof why(bytes, given)).toMatch(/string|undefined/);
    }),
  );
});

test("nor does any length", () => {
  const length = 1 << 23;
  for (const start of ["gAAAA", "eyJ.", "vault:v", "x"])
    for (const end of ["", "!", "="]) {
      const value = `${start}${"a".repeat(length)}${end}`;
      expect(typeof why(value)).toMatch(/string|undefined/);
      expect(typeof why(value, { pattern: "(?:\\w|a)+" })).toMatch(/string|undefined/);
    }
});
