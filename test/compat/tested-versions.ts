/** The release that stands for each release line. */
const RELEASES: Readonly<Record<string, string>> = { "4.0": "4.0.17", "4.1": "4.1.10", "5.0": "5.0.9" };

/** The versions that were asked for, as release lines or in full; all release lines where none was. */
export function testedVersions(asked: readonly string[]): readonly string[] {
  if (asked.length === 0) return Object.values(RELEASES);
  return asked.map((version) => {
    const release = RELEASES[version] ?? version;
    if (/^[45]\.\d+\.\d+$/.test(release)) return release;
    throw new Error(`${version}: name one of ${Object.keys(RELEASES).join(", ")}, or a release in full`);
  });
}
