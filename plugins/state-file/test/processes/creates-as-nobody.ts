// Creates a state file without root's rights and prints the error.
import { Database } from "../../src/database.ts";
import { clock, random } from "./system-parts.ts";

if (process.getuid?.() === 0) process.setuid?.(65_534);
using db = new Database({ path: process.argv[2]!, clock, random });
await db.create(new AbortController().signal).catch((error) => {
  console.log(JSON.stringify({ code: error.code, message: error.message }));
});
