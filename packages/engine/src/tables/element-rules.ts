import type { CellColumn, TableSchema } from "@cassandra-rekey/core";
import type { TableSettings } from "../config/settings.ts";

/** Why parts of a column that is not frozen cannot be rewritten safely, and the way out. */
export interface ElementProblem {
  readonly problem: string;
  readonly next: string;
}

/** What is declared of the application's writes. */
type Declared = Pick<TableSettings, "writeMode" | "writersStopped" | "elementsNeverExpire">;

const BY_LWT =
  "Set use_lwt_guard: true, and application_writes: lwt where the application writes these rows by LWT alone, or none while its writers are stopped.";

/**
 * What keeps the parts of a column from being rewritten; `undefined` where nothing does. Without writetimes, and where a
 * part has no place of its own, only a compare-and-set is safe; and nothing is that rests on what cannot be known.
 */
export function elementProblem(
  column: CellColumn,
  settings: Declared,
  schema: Pick<TableSchema, "defaultTimeToLive">,
): ElementProblem | undefined {
  const { part, untimed } = column;
  if (part === undefined) return undefined;
  const frozen = `copy it to a column of type frozen<…>, which is rewritten as one cell, or leave it out.`;
  const isLwt = settings.writeMode === "lwt";
  if (part === "set-elements") {
    if (untimed)
      return {
        problem:
          "before Cassandra 5.0 nobody can ask when an element of a set was written, and of one that is dated in the future the old ciphertext would stay beside the new one",
        next: `Rekey after the upgrade to Cassandra 5.0, ${frozen}`,
      };
    if (isLwt && settings.writersStopped) return undefined;
    return {
      problem:
        "an element of a set is found by its ciphertext, so the application's removal of the old one would remove nothing",
      next: `Stop the application's writers and set use_lwt_guard: true and application_writes: none, ${frozen}`,
    };
  }
  if (part === "list-elements" && !isLwt)
    return {
      problem:
        "an element of a list can only be set by its position, which changes when the application writes to the list",
      next: `${BY_LWT} Else ${frozen}`,
    };
  if (!untimed) return undefined;
  if (isLwt && settings.elementsNeverExpire && schema.defaultTimeToLive === 0) return undefined;
  const parts = partsOf(part);
  if (isLwt && settings.elementsNeverExpire)
    return {
      problem: `before Cassandra 5.0 nobody can ask when its ${parts} expire, and the table has a default_time_to_live, so they do`,
      next: `Leave elements_never_expire out and rekey after the upgrade to Cassandra 5.0, ${frozen}`,
    };
  return {
    problem: `before Cassandra 5.0 nobody can ask when its ${parts} were written and when they expire, so that a rewrite could undo a newer write or keep an expired one`,
    next: `${BY_LWT} Set elements_never_expire: true as well, if none of them has a TTL. Else rekey after the upgrade to Cassandra 5.0, ${frozen}`,
  };
}

/** What is taken on trust when parts of a column are rewritten; `undefined` where nothing is. */
export function trusted({ part, untimed }: CellColumn): string | undefined {
  if (!untimed || part === undefined) return undefined;
  return `its ${partsOf(part)} are written without a TTL, because elements_never_expire says that none has one`;
}

function partsOf(part: NonNullable<CellColumn["part"]>): string {
  if (typeof part === "object") return "fields";
  return part === "map-values" ? "values" : "elements";
}
