/** The CryptoKey of a name that may go on with a version: what decrypts, for KMS finds the version by itself. */
export function cryptoKeyOf(name: string): string {
  return name.replace(/\/cryptoKeyVersions\/\d+$/, "");
}

/** A key's place in the console, for hints. */
export function consolePath(name: string): string {
  const [, project, , location, , ring, , key, , version] = name.split("/");
  const where = `Google Cloud console (project ${project}): Security > Key Management > ${location} > ${ring} > ${key}`;
  return version === undefined ? where : `${where} > version ${version}`;
}
