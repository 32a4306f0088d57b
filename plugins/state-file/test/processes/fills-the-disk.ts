// Adds jobs until that fails, and prints how many were acknowledged and the error.
import { Database } from "../../src/database.ts";
import { clock, random } from "./system-parts.ts";

const never = new AbortController().signal;
using db = new Database({ path: process.argv[2]!, clock, random });
let acknowledged = 0;
try {
  for (;;) {
    await db.transaction(never, () =>
      db.run(
        "INSERT INTO jobs VALUES (?, 'rekey', 'planned', 1, ?)",
        `job ${acknowledged}`,
        JSON.stringify(["x".repeat(5_000)]),
      ),
    );
    acknowledged += 1;
  }
} catch (error) {
  const { code, message } = error as { code: string; message: string };
  console.log(JSON.stringify({ acknowledged, code, message }));
}
