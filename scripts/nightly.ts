// What takes too long for every change: property tests and races many times over. `pnpm nightly --times 50`.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { times: { type: "string", default: "20" } } });
const tests = spawnSync("vitest", ["run", "--testTimeout=3600000"], {
  stdio: "inherit",
  env: { ...process.env, REKEY_TEST_TIMES: values.times },
});
process.exit(tests.status ?? 1);
