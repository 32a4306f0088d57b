import { NO_VARIABLE_NAME, VARIABLE_NAME } from "@cassandra-rekey/core";
import { z } from "zod";

// YAML 1.1 and the Python tool's schema library took all of these for booleans; its configurations may use them.
const TRUE = new Set(["true", "yes", "on", "y", "t", "1"]);
const FALSE = new Set(["false", "no", "off", "n", "f", "0"]);

function readBoolean(value: unknown): unknown {
  if (typeof value !== "string" && value !== 0 && value !== 1) return value;
  const word = String(value).toLowerCase();
  if (TRUE.has(word)) return true;
  return FALSE.has(word) ? false : value;
}

// YAML 1.1 sets thousands apart by underscores.
function readNumber(value: unknown): unknown {
  if (typeof value !== "string" || !/^\d[\d_]*(\.\d+)?$/.test(value)) return value;
  return Number(value.replaceAll("_", ""));
}

/** `true` or `false`; the other words of YAML 1.1 (`yes`, `no`, `on`, `off`) and 0 and 1 too. */
export const flag = () => z.preprocess(readBoolean, z.boolean());

/** A whole number within bounds, both inclusive. */
export const whole = (min: number, max: number) => z.preprocess(readNumber, z.int().min(min).max(max));

/** A number within bounds, both inclusive. */
export const decimal = (min: number, max: number) => z.preprocess(readNumber, z.number().min(min).max(max));

/** Text that is not empty. */
export const text = () => z.string().min(1, "must not be empty");

/** A keyspace or table name. Cassandra allows no other characters, even quoted. */
export const tableName = () =>
  z
    .string()
    .regex(/^\w+$/, "must be a plain name: letters, digits and underscores, without keyspace or quotes");

/** A column's exact name, without quotes. */
export const columnName = () => text();

/** The name of an environment variable. */
export const envName = () => z.string().regex(VARIABLE_NAME, NO_VARIABLE_NAME);

/** The name of a file, absolute or relative to the configuration file. */
export const fileName = () =>
  text().regex(/^[^\p{Cc}]*$/u, "must be the name of a file, on one line; never what is in the file");

/** The name of a keyring. */
export const keyringName = () =>
  z.string().regex(/^[a-z][a-z0-9_-]*$/, "must be a name in lower case, such as payments");

/** The name by which a configuration refers to a plugin's part. */
export const partName = () =>
  z.string().regex(/^[a-z][a-z0-9_-]*$/, "must be a name in lower case, such as aws-kms");
