import { isRekeyError, RekeyError } from "@cassandra-rekey/core";
import { Args, Flags } from "@oclif/core";
import { EXIT } from "../../exit-codes.ts";
import { RekeyCommand } from "../../rekey-command.ts";
import { auditText } from "../../text/audit-text.ts";

const ANCHOR = /^([1-9]\d{0,14}):([0-9a-f]{64})$/;

export default class AuditVerify extends RekeyCommand {
  static override summary = "Check that no entry of an audit log was changed, dropped or put elsewhere.";
  static override description =
    "Reads a log of the audit-log hook to its end and names the line of each problem. Entries that were cut off at the end, or a log that was made anew as a whole, are only found with an anchor: the number and hash of an entry that this command, or a run, printed earlier. Ends with 1 when something was found. The configuration file is not read.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> cassandra-rekey.audit.jsonl",
    {
      description: "Also find what was cut off since the anchor was noted.",
      command: "<%= config.bin %> <%= command.id %> cassandra-rekey.audit.jsonl --anchor 1204:5d1f…",
    },
  ];
  static override args = {
    file: Args.string({ required: true, description: "The audit log." }),
  };
  static override flags = {
    anchor: Flags.string({
      summary: "An entry that must be there, as this command printed it.",
      helpValue: "<number:hash>",
    }),
    "key-env": Flags.string({
      summary: "Environment variable with the key that the log was written with.",
      helpValue: "<name>",
      exclusive: ["key-file"],
    }),
    "key-file": Flags.string({
      summary: "File with the key that the log was written with.",
      helpValue: "<file>",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AuditVerify);
    const anchor = anchorFrom(flags.anchor);
    const key = await keyFrom(flags["key-env"], flags["key-file"]);
    const { verifyAuditLog } = await import("@cassandra-rekey/hook-audit-log");
    const report = await verifyAuditLog(args.file, { anchor, key }).catch((error: unknown) => {
      throw unreadable(error, args.file);
    });
    const { head, ...rest } = report;
    this.show(
      flags,
      () => ({ file: args.file, ...rest, anchor: report.entries > 0 ? `${head.seq}:${head.hash}` : null }),
      (style) => auditText(args.file, report, style),
    );
    this.deps.setExitCode(report.whole ? EXIT.done : EXIT.found);
  }
}

function anchorFrom(text: string | undefined) {
  if (text === undefined) return undefined;
  const [, seq, hash] = ANCHOR.exec(text) ?? [];
  if (seq === undefined || hash === undefined)
    throw new RekeyError("USAGE.INVALID", "--anchor is not an entry's number and hash", {
      hint: "Give it as `audit verify` printed it: 1204:5d1f… with all 64 digits.",
    });
  return { seq: Number(seq), hash };
}

/** As the hook reads it. */
async function keyFrom(env: string | undefined, file: string | undefined): Promise<Uint8Array | undefined> {
  const ref = env !== undefined ? { env } : file !== undefined ? { file } : undefined;
  if (ref === undefined) return undefined;
  const { secretReader } = await import("@cassandra-rekey/engine");
  return secretReader({ env: process.env })(ref);
}

function unreadable(error: unknown, file: string): unknown {
  if (isRekeyError(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const reason = code === "ENOENT" ? "it is not there" : code === "EISDIR" ? "it is a folder" : code;
  return new RekeyError("USAGE.INVALID", `${file} cannot be read: ${reason}`, {
    hint: "Check the path.",
    cause: error,
  });
}
