import { describe, expect, it } from "vitest";
import {
  allKeyrings,
  keyringOf,
  keyringsOf,
  targetTest,
  targetText,
} from "../../src/keyring/column-keyring.ts";
import { columnTexts } from "../../src/tables/table-passes.ts";
import { load, problemsOf } from "./load.ts";

const TABLES = `tables:
  - { name: users, encrypted_columns: [email, { name: card, keyring: cards }] }
  - { name: payments, keyring: cards, encrypted_columns: [iban, { name: note, keyring: keys }] }
`;
const KEYRINGS = `keyrings:
  cards:
    target: { provider: aes-gcm, version: c2, key: { env: C2 } }
    previous: [{ provider: fernet, version: v1, key: { env: C1 } }]
`;
const CONFIG = `cluster: { contact_points: [a], keyspace: app }
provider: { old_key_env: A, new_key_env: B }
${KEYRINGS}${TABLES}`;

describe("keyrings", () => {
  const { settings, warnings } = load(CONFIG);

  it("are those of the columns that name them, and of the tables that do", () => {
    expect(warnings).toEqual([]);
    const [users, payments] = settings.tables;
    expect(["email", "card"].map((column) => keyringOf(users!, column))).toEqual(["keys", "cards"]);
    expect(["iban", "note"].map((column) => keyringOf(payments!, column))).toEqual(["cards", "keys"]);
    expect([...allKeyrings(settings).keys()]).toEqual(["keys", "cards"]);
    expect(keyringsOf([payments!])).toEqual(["cards", "keys"]);
    const { target, previous } = settings.keyrings!.get("cards")!;
    expect(target).toMatchObject({ type: "aes-gcm", version: "c2", at: ["keyrings", "cards", "target"] });
    expect(previous[0]).toMatchObject({ version: "v1", at: ["keyrings", "cards", "previous", 0] });
  });

  it("are remembered in a job by what is not the default", () => {
    const [users, payments] = settings.tables;
    expect(columnTexts(users!, users!.encryptedColumns)).toEqual(["email", "card (keyring cards)"]);
    expect(columnTexts(payments!, payments!.encryptedColumns)).toEqual(["iban (keyring cards)", "note"]);
  });

  it("say which key version each cell should be under", () => {
    const isTarget = targetTest(settings);
    const line = (table: string, column: string, keyVersion: string, keyspace = "app") =>
      isTarget({ keyspace, table, column, keyVersion });
    expect(line("users", "email", "v2")).toBe(true);
    expect(line("users", "card", "c2")).toBe(true);
    expect(line("users", "card", "v2")).toBe(false);
    // A job of the Python tool names no keyspace.
    expect(line("payments", "iban", "c2", "")).toBe(true);
    expect(line("payments", "note", "c2")).toBe(false);
    expect(targetText(settings, settings.tables)).toBe("v2, c2 of keyring cards");
  });

  it.each([
    [
      "keyring: cards }] }",
      "keyring: crads }] }",
      '8:70 tables[0].encrypted_columns[1].keyring: is none of keyrings (did you mean "cards"?)',
    ],
    ["payments, keyring: cards", "payments, keyring: bank", "9:32 tables[1].keyring: is none of keyrings"],
    [
      "provider: aes-gcm, version: c2",
      "provider: aes-gcm, version: v1",
      '6:45 keyrings.cards.previous[0].version: "v1" is also the version of keyrings.cards.target',
    ],
    ["provider: aes-gcm, ", "", "5:5 keyrings.cards.target.provider: is missing (or module)"],
    ["    target:", "    targe:", '4:3 keyrings.cards.target: is missing (is "targe" meant to be it?)'],
    [
      ", keyring: cards }] }",
      ", path: a, keyring: cards }, { name: card, path: b }] }",
      "tables[0].encrypted_columns[2]: gives card another keyring than the entry before; a column has one",
    ],
    ["  cards:\n", "  Cards:\n", "4:3 keyrings.Cards: must be a name in lower case, such as payments"],
  ])("are refused with path and line: %j as %j", (right, wrong, expected) => {
    expect(CONFIG).toContain(right);
    expect(problemsOf(CONFIG.replace(right, wrong))[0]).toContain(expected);
  });

  it("are not to be called keys, which is the default one", () => {
    const more = `  keys: { target: { provider: fernet, version: k, key: { env: K } } }\n${TABLES}`;
    expect(problemsOf(CONFIG.replace(TABLES, more))[0]).toContain(
      "keyrings.keys: has the name of the default keyring; give it another",
    );
  });

  it("are worth a warning when nothing uses them, the default one too", () => {
    const spare = `  spare: { target: { provider: fernet, version: s, key: { env: S } } }\n${TABLES}`;
    expect(load(CONFIG.replace(TABLES, spare)).warnings).toEqual([
      "/etc/rekey/config.yaml:7:3 keyrings.spare: is the keyring of no table and no column",
    ]);
    const all = CONFIG.replace(TABLES, "tables: [{ name: t, keyring: cards, encrypted_columns: [c] }]\n");
    expect(load(all).warnings[0]).toContain(":2:1 provider: is the keyring of no column");
  });
});
