// What takes too long for every change: property tests and races many times over, a million simulated scenarios, and
// breaks on purpose that tests have to notice.
// `pnpm nightly --times 50 --scenarios 5000000`.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "20" },
    scenarios: { type: "string", default: "1000000" },
  },
});
const tests = spawnSync("vitest", ["run", "--testTimeout=3600000"], {
  stdio: "inherit",
  env: { ...process.env, REKEY_TEST_TIMES: values.times, REKEY_TEST_SCENARIOS: values.scenarios },
});
const mutations = spawnSync("node", ["scripts/mutations.ts"], { stdio: "inherit" });
process.exit(tests.status === 0 ? (mutations.status ?? 1) : (tests.status ?? 1));
