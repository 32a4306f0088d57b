import type { Problem } from "./problem.ts";

/** What a rule found: problems stop, warnings are told. */
export interface Findings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Nothing wrong. */
export const NO_FINDINGS: Findings = { problems: [], warnings: [] };
