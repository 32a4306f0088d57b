import type { ErrorCode } from "@cassandra-rekey/core";

/** What the process ends with; the meaning of each is part of the command line's contract. */
export const EXIT = {
  /** All was done, and nothing was found. */
  done: 0,
  /** Finished, but something was found: a failed check, old-key cells, a quarantine that is not empty. */
  found: 1,
  /** The command line or the configuration cannot be carried out. */
  usage: 2,
  /** A table changed under its job. */
  drift: 3,
  /** The cluster, the state store or a key service failed, the result could not be written, or the program failed. */
  failed: 4,
  /** Stopped by a signal; what was acknowledged is stored. */
  interrupted: 130,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code of each error. A code added to the catalogue does not compile until it has one here. */
export const EXIT_OF_ERROR: Readonly<Record<ErrorCode, ExitCode>> = {
  "CONFIG.UNREADABLE": EXIT.usage,
  "CONFIG.INVALID": EXIT.usage,
  "CONFIG.UNKNOWN_PART": EXIT.usage,
  "CONFIG.SECRET_MISSING": EXIT.usage,
  "CONFIG.SECRET_MALFORMED": EXIT.usage,
  "CONFIG.TABLE_MISMATCH": EXIT.usage,
  "PLUGIN.INVALID": EXIT.usage,
  "PLUGIN.API_VERSION": EXIT.usage,
  "PLUGIN.DUPLICATE": EXIT.usage,
  "USAGE.INVALID": EXIT.usage,
  "JOB.NOT_FOUND": EXIT.usage,
  "JOB.AMBIGUOUS": EXIT.usage,
  "JOB.STATE": EXIT.usage,
  "JOB.VETOED": EXIT.usage,
  "JOB.CHUNKS_FAILED": EXIT.found,
  "JOB.WRONG_KEY": EXIT.found,
  "SCHEMA.DRIFT": EXIT.drift,
  "SCHEMA.UNSUPPORTED": EXIT.usage,
  "CLUSTER.UNREACHABLE": EXIT.failed,
  "CLUSTER.AUTHENTICATION": EXIT.failed,
  "CLUSTER.TLS": EXIT.failed,
  "CLUSTER.UNAUTHORIZED": EXIT.failed,
  "CLUSTER.LOCAL_DC": EXIT.failed,
  "CLUSTER.UNAVAILABLE": EXIT.failed,
  "CLUSTER.READ_FAILED": EXIT.failed,
  "CLUSTER.TIMEOUT": EXIT.failed,
  "CLUSTER.OVERLOADED": EXIT.failed,
  "CLUSTER.INVALID_QUERY": EXIT.failed,
  "CLUSTER.UNSUPPORTED": EXIT.failed,
  "KEY.UNAVAILABLE": EXIT.failed,
  "KEY.REFUSED": EXIT.failed,
  "KEY.CONTRACT": EXIT.failed,
  "KEY.INCONSISTENT": EXIT.failed,
  // No key service is asked to tell that two configured keys are one.
  "KEY.DUPLICATE": EXIT.usage,
  "KEY.MISMATCH": EXIT.usage,
  "KEY.CANNOT_WIN": EXIT.usage,
  "STATE.NOT_INITIALISED": EXIT.failed,
  "STATE.UNAVAILABLE": EXIT.failed,
  "STATE.CORRUPT": EXIT.failed,
  "STATE.STORAGE": EXIT.failed,
  "HOOK.FAILED": EXIT.failed,
  "HOOK.AUDIT_LOG": EXIT.failed,
  "OUTPUT.UNWRITABLE": EXIT.failed,
  INTERRUPTED: EXIT.interrupted,
  "INTERNAL.INVARIANT": EXIT.failed,
};

/** The exit code of an error code, also of one that a newer plugin's copy of core knows and this one does not. */
export function exitCodeOf(code: string): ExitCode {
  return (EXIT_OF_ERROR as Readonly<Record<string, ExitCode>>)[code] ?? EXIT.failed;
}
