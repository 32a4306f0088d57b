import { readFile } from "node:fs/promises";
import { Args, Flags } from "@oclif/core";
import { EXIT, RekeyCommand } from "cassandra-rekey";
import { parse, stringify } from "yaml";

const DEFAULTS = new URL("../../defaults.yaml", import.meta.url);

/** Acme's own command: a configuration with Acme's defaults, for one table. */
export default class New extends RekeyCommand {
  static override summary = "Print a configuration for one of Acme's tables, with Acme's defaults.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> app.users --columns ssn,email --key app-cells > rekey.yaml",
  ];
  static override args = { table: Args.string({ required: true, description: "KEYSPACE.TABLE" }) };
  static override flags = {
    columns: Flags.string({ required: true, summary: "The encrypted columns, separated by commas." }),
    key: Flags.string({ required: true, summary: "Name of the new transit key in Acme's Vault." }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(New);
    const [keyspace = "", name = ""] = args.table.split(".");
    const vault = {
      provider: "vault",
      address: "https://vault.acme.internal:8200",
      token: { env: "VAULT_TOKEN" },
    };
    const configuration = {
      cluster: { contact_points: ["cassandra.acme.internal"], local_dc: "acme-1", keyspace, tls: true },
      keys: {
        target: { ...vault, version: "v2", key: flags.key },
        previous: [{ provider: "fernet", version: "v1", key: { env: "REKEY_OLD_KEY" } }],
      },
      tables: [{ name, encrypted_columns: flags.columns.split(",") }],
      ...(parse(await readFile(DEFAULTS, "utf8")) as object),
    };
    this.show(
      flags,
      () => configuration,
      () => [stringify(configuration).trimEnd()],
    );
    this.deps.setExitCode(EXIT.done);
  }
}
