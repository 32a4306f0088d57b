// Lists the jobs of a state file without being root, and tells what came of it.
import { isRekeyError } from "@cassandra-rekey/core";
import { FileStateStore } from "../../src/file-state-store.ts";
import { clock, random } from "./system-parts.ts";

const never = new AbortController().signal;
if (process.getuid?.() === 0) process.setuid?.(65_534);
await using store = new FileStateStore(process.argv[2]!, clock, random);
try {
  console.log(JSON.stringify({ code: "none", message: `${(await store.jobs(never)).length} jobs` }));
} catch (error) {
  if (!isRekeyError(error)) throw error;
  console.log(JSON.stringify({ code: error.code, message: error.message }));
}
