/** What a test is given by its runner, in part. */
interface SkippableTest {
  skip(condition: boolean, note: string): void;
}

/** A release line of Cassandra that brought something which tests need. */
export type CassandraSince = "4.1" | "5.0";

/** Whether a version is of that release line or a later one. */
export function isCassandra(version: string, since: CassandraSince): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [sinceMajor = 0, sinceMinor = 0] = since.split(".").map(Number);
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}

/** Skips a test on an older Cassandra, and says which one it needs. */
export function needsCassandra(
  since: CassandraSince,
  { version }: { readonly version: string },
  test: SkippableTest,
): void {
  test.skip(!isCassandra(version, since), `needs Cassandra ${since}; this is ${version}`);
}
