import fc from "fast-check";

/** Each property is tried this many times as often as usual: 1 in every run, more at night. */
const times = Number(process.env.REKEY_TEST_TIMES ?? 1);
/** A seed to draw the same values again; else every run draws others. */
const seed = process.env.REKEY_TEST_SEED;
fc.configureGlobal({ numRuns: 100 * times, ...(seed !== undefined && { seed: Number(seed) }) });
