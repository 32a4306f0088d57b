import type { QuarantinedCell } from "@cassandra-rekey/engine";
import type { QuarantineGroup } from "../quarantine-groups.ts";
import { writetimeToJson } from "./writetime-json.ts";

/** One line of what `quarantine list` counts. */
export function groupToJson({ newestWritetime, ...group }: QuarantineGroup): object {
  return { ...group, newestWritetime: writetimeToJson(newestWritetime) };
}

/** One cell with its primary key, as `quarantine list --keys` and `quarantine export` give it. */
export function cellToJson({ key, writetime, ...cell }: QuarantinedCell): object {
  return {
    ...cell,
    key: Object.fromEntries(key.map(({ column, text }) => [column, text])),
    writetime: writetimeToJson(writetime),
  };
}
