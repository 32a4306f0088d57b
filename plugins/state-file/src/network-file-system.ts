import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { RekeyError } from "@cassandra-rekey/core";

/** File systems on which SQLite's locks cannot be trusted, by the magic number of statfs. */
const NETWORK_FILE_SYSTEMS = new Map<number, string>([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x65735546, "FUSE"],
  [0x01021997, "9P"],
  [0x00c36400, "CephFS"],
  [0x5346414f, "AFS"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
]);

/** Tells the type of the file system that holds a path. */
export type FileSystemType = (path: string) => number;

/** Throws `STATE.STORAGE` where the file would lie on a network file system. */
export function refuseNetworkFileSystem(path: string, typeOf: FileSystemType = statfsType): void {
  let type: number;
  try {
    // The file itself may be a link to another file system, or be mounted into its folder.
    type = typeOf(existsSync(path) ? path : dirname(path));
  } catch {
    // A missing folder is reported when the file is opened.
    return;
  }
  // Some kernels hand the number out signed.
  const name = NETWORK_FILE_SYSTEMS.get(type >>> 0);
  if (name === undefined) return;
  throw new RekeyError(
    "STATE.STORAGE",
    `the state file ${path} would be on a network file system (${name}), where locks cannot be trusted`,
    {
      hint: "Point `state.path` to a local disk, or keep jobs in Cassandra: `state: { keyspace: rekey_meta }`.",
    },
  );
}

function statfsType(path: string): number {
  return statfsSync(path).type;
}
