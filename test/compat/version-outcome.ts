/** How one test ended. */
export interface TestOutcome {
  readonly name: string;
  readonly state: "passed" | "failed" | "skipped";
  /** Why it was skipped, as the test says. */
  readonly note?: string | undefined;
}

/** What the tests of one version came to. */
export interface VersionOutcome {
  readonly ok: boolean;
  /** One line that tells it all. */
  readonly line: string;
  /** What is not as it should be, one line each. */
  readonly problems: readonly string[];
}

/**
 * Judges the tests of a version. A test may be skipped only where it says which version it needs; on the newest one
 * nothing may be.
 */
export function versionOutcome(
  version: string,
  tests: readonly TestOutcome[],
  broken: readonly string[] = [],
): VersionOutcome {
  const of = (state: TestOutcome["state"]) => tests.filter((test) => test.state === state);
  const skipped = of("skipped");
  const problems = [
    ...(of("passed").length === 0 ? ["no test passed"] : []),
    ...broken,
    ...of("failed").map(({ name }) => `failed: ${name}`),
    ...skipped
      .filter(({ note }) => !NEEDS.test(note ?? ""))
      .map(
        ({ name, note }) => `skipped without the version that it needs: ${name}${note ? ` (${note})` : ""}`,
      ),
  ];
  const needed = [...new Set(skipped.flatMap(({ note }) => NEEDS.exec(note ?? "")?.[1] ?? []))].sort();
  const why = needed.length === 0 ? "" : ` (they need ${needed.join(" or ")})`;
  const counts = `${of("passed").length} passed, ${of("failed").length} failed, ${skipped.length} skipped${why}`;
  const ok = problems.length === 0;
  return { ok, line: `Cassandra ${version}: ${ok ? "ok" : "FAILED"}, ${counts}`, problems };
}

/** As `needsCassandra` says it. */
const NEEDS = /^needs Cassandra (\d+\.\d+);/;
