import { z } from "zod";

// PyYAML reads YAML 1.1, where these words are booleans; the Python tool's configurations may use them.
const YAML_1_1_BOOLEANS = new Map([
  ["yes", true],
  ["on", true],
  ["true", true],
  ["no", false],
  ["off", false],
  ["false", false],
]);

function readBoolean(value: unknown): unknown {
  return typeof value === "string" ? (YAML_1_1_BOOLEANS.get(value.toLowerCase()) ?? value) : value;
}

function readNumber(value: unknown): unknown {
  return typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

/** `true` or `false`; the YAML 1.1 words `yes`, `no`, `on` and `off` too. */
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

/** The name of an environment variable. The message never repeats the value: it may be the key itself. */
export const envName = () =>
  z
    .string()
    .regex(
      /^[A-Za-z_][A-Za-z0-9_]*$/,
      "is not the name of an environment variable; the variable's name belongs here, never the secret itself",
    );

/** The name of a file, absolute or relative to the configuration file. */
export const fileName = () => text();

/** The name by which a configuration refers to a plugin's part. */
export const partName = () =>
  z.string().regex(/^[a-z][a-z0-9_-]*$/, "must be a name in lower case, such as aws-kms");
