import fc from "fast-check";

/**
 * Each property is tried this many times as often as usual: 1 in every run, more at night. An ordinary run draws the
 * same cases each time, so that its outcome says something of the change alone; new ones are looked for at night.
 */
const times = Number(process.env.REKEY_TEST_TIMES ?? 1);
/** Given to draw what an earlier run drew. */
const seed = process.env.REKEY_TEST_SEED ?? (times === 1 ? 2026 : undefined);
fc.configureGlobal({ numRuns: 100 * times, ...(seed !== undefined && { seed: Number(seed) }) });
